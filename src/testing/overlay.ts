/** A platform on which some files have other texts, or exist at all. */
import type { DirectoryEntry, Platform } from "../contract/platform.ts";

/** `platform` with `texts` by path, relative to the working directory, over the files of the disk. */
export function overlayPlatform(
  platform: Platform,
  texts: Readonly<Record<string, string>>,
): Platform {
  const { files } = platform;
  const encoder = new TextEncoder();
  const contents = new Map(
    Object.entries(texts).map(([path, text]) => [platform.toUrl(path), encoder.encode(text)]),
  );

  /** The entries of a folder, by the paths of the files. */
  function entriesOf(folder: string): Map<string, DirectoryEntry> {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    const entries = new Map<string, DirectoryEntry>();
    for (const url of contents.keys()) {
      if (!url.startsWith(prefix)) continue;
      const [name = "", ...deeper] = url.slice(prefix.length).split("/");
      entries.set(name, { name, kind: deeper.length > 0 ? "directory" : "file" });
    }
    return entries;
  }

  return {
    ...platform,
    files: {
      ...files,
      stat(url) {
        const content = contents.get(url);
        if (content !== undefined) return { kind: "file", size: content.length };
        return files.stat(url) ??
          (entriesOf(url).size > 0 ? { kind: "directory", size: 0 } : undefined);
      },
      readBytes: (url, limit) =>
        contents.get(url)?.subarray(0, limit + 1) ?? files.readBytes(url, limit),
      list(url) {
        const own = entriesOf(url);
        const others = files.stat(url)?.kind === "directory" ? files.list(url) : [];
        return [...others.filter(({ name }) => !own.has(name)), ...own.values()];
      },
      realUrl: (url) =>
        contents.has(url) || entriesOf(url).size > 0 && files.stat(url) === undefined
          ? url
          : files.realUrl(url),
    },
  };
}
