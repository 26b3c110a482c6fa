/** Keeps what the load of an app reads, so that it can travel. */
import type { BundledFiles } from "../contract/bundle.ts";
import type { DirectoryEntry, Files } from "../contract/platform.ts";

/** Files that remember what was asked of them. */
export interface RecordedFiles {
  readonly files: Files;
  /** URLs of all files that were read. */
  read(): string[];
  /** What was read, each URL as the place that `placeOf` gives it, if it does. */
  bundle(placeOf: (url: string) => string | undefined): BundledFiles;
}

/** Makes files that remember. */
export function recordFiles(machine: Files): RecordedFiles {
  const texts = new Map<string, string>();
  const folders = new Map<string, readonly DirectoryEntry[]>();
  const links = new Map<string, string>();
  return {
    files: {
      stat: (url) => machine.stat(url),
      readBytes(url) {
        const bytes = machine.readBytes(url);
        // The load refuses what is not UTF-8, and a bundle that was refused is never made.
        texts.set(url, new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
        return bytes;
      },
      list(url) {
        const entries = machine.list(url);
        folders.set(url, entries);
        return entries;
      },
      realUrl(url) {
        const real = machine.realUrl(url);
        if (real !== url) links.set(url, real);
        return real;
      },
    },
    read: () => [...texts.keys()],
    bundle: (placeOf) => ({
      texts: placed(texts, placeOf),
      folders: placed(folders, placeOf),
      links: placed(new Map([...links].map(([url, real]) => [url, placeOf(real)])), placeOf),
    }),
  };
}

/** The values by place, without those that have none. */
function placed<Value>(
  values: ReadonlyMap<string, Value | undefined>,
  placeOf: (url: string) => string | undefined,
): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const [url, value] of values) {
    const place = placeOf(url);
    if (place !== undefined && value !== undefined) found[place] = value;
  }
  return found;
}
