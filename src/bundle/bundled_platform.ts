/** The platform of a bundled app: its embedded files over those of the machine. */
import {
  BUNDLE_ROOT,
  type BundledApp,
  type BundledFiles,
  type RecordedAnswer,
} from "../contract/bundle.ts";
import { fromBase64 } from "./base64.ts";
import type { DirectoryEntry, Files, Platform, RemoteResponse } from "../contract/platform.ts";

/** A platform with the files and responses of a bundle; everything else comes from `machine`. */
export function bundledPlatform({ files }: BundledApp, machine: Platform): Platform {
  return {
    ...machine,
    files: bundledFiles(files, machine.files),
    toUrl: (path) => path.startsWith(BUNDLE_ROOT) ? path : machine.toUrl(path),
    async fetch(url, signal) {
      const answer = Object.hasOwn(files.answers, url) ? files.answers[url] : undefined;
      return answer === undefined ? await machine.fetch(url, signal) : replay(answer);
    },
  };
}

function replay({ status, location, contentType, text }: RecordedAnswer): RemoteResponse {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(text));
  }
  return { status, location, contentType, body: body(), cancel() {} };
}

/** The embedded files below {@link BUNDLE_ROOT}, and the files of the machine elsewhere. */
function bundledFiles(bundled: BundledFiles, machine: Files): Files {
  // Maps, because a file may be named like an inherited property, such as `constructor`.
  const texts = new Map(Object.entries(bundled.texts));
  const binaries = new Map(Object.entries(bundled.binaries));
  const folders = new Map(Object.entries(bundled.folders));
  const links = new Map(Object.entries(bundled.links));
  const allFolders = foldersOf([...texts.keys(), ...binaries.keys(), ...folders.keys()]);
  const bytes = (url: string): Uint8Array | undefined => {
    const text = texts.get(pathOf(url));
    if (text !== undefined) return new TextEncoder().encode(text);
    const binary = binaries.get(pathOf(url));
    return binary === undefined ? undefined : fromBase64(binary);
  };
  return {
    ...machine,
    stat(url) {
      if (!isBundled(url)) return machine.stat(url);
      const content = bytes(url);
      if (content !== undefined) return { kind: "file", size: content.length };
      return allFolders.has(pathOf(url)) ? { kind: "directory", size: 0 } : undefined;
    },
    // What is embedded never changes.
    changedAt: (url) => isBundled(url) ? 0 : machine.changedAt(url),
    readBytes(url, limit) {
      if (!isBundled(url)) return machine.readBytes(url, limit);
      const content = bytes(url);
      if (content === undefined) throw new Error("ENOENT: not part of the bundle");
      return content.subarray(0, limit + 1);
    },
    list: (url): DirectoryEntry[] =>
      isBundled(url) ? [...folders.get(pathOf(url)) ?? []] : machine.list(url),
    realUrl(url) {
      if (!isBundled(url)) return machine.realUrl(url);
      const target = links.get(pathOf(url));
      if (target === undefined) return url;
      return BUNDLE_ROOT + target + (url.endsWith("/") ? "/" : "");
    },
  };
}

/**
 * The files of values that are read at start, such as a mounted secret. Paths relative to the
 * manifest are resolved in the folder of the executable instead, whose URL ends in a slash.
 */
export function filesNextToExecutable(
  manifest: string,
  executableFolder: string,
  { files, toPath }: Platform,
): Pick<Platform, "files" | "toPath"> {
  const folder = new URL(".", BUNDLE_ROOT + manifest).href;
  const move = (url: string) =>
    url.startsWith(folder) ? executableFolder + url.slice(folder.length) : url;
  return {
    toPath: (url) => toPath(move(url)),
    files: {
      ...files,
      stat: (url) => files.stat(move(url)),
      changedAt: (url) => files.changedAt(move(url)),
      readBytes: (url, limit) => files.readBytes(move(url), limit),
      list: (url) => files.list(move(url)),
      realUrl: (url) => files.realUrl(move(url)),
    },
  };
}

function isBundled(url: string): boolean {
  return url.startsWith(BUNDLE_ROOT);
}

function pathOf(url: string): string {
  return url.slice(BUNDLE_ROOT.length).replace(/\/$/, "");
}

/** Every folder above the paths, including the root. */
function foldersOf(paths: readonly string[]): Set<string> {
  const all = new Set([""]);
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      all.add(path.slice(0, end));
    }
  }
  return all;
}
