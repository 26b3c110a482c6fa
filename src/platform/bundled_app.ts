/** The app that an executable carries, over the machine it runs on. */
import { dirname } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import {
  BUNDLE_ROOT,
  type BundledApp,
  type BundledFiles,
  type RecordedAnswer,
} from "../contract/bundle.ts";
import type { DirectoryEntry, Files, Platform, RemoteResponse } from "../contract/platform.ts";

/** The platform of an executable that carries an app: what it holds, the machine for the rest. */
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

/** What the bundle holds below {@link BUNDLE_ROOT}, the machine's files everywhere else. */
function bundledFiles(bundled: BundledFiles, machine: Files): Files {
  // A file may have the name of what every object inherits.
  const texts = new Map(Object.entries(bundled.texts));
  const folders = new Map(Object.entries(bundled.folders));
  const links = new Map(Object.entries(bundled.links));
  const known = foldersOf([...texts.keys(), ...folders.keys()]);
  const bytes = (url: string): Uint8Array | undefined => {
    const text = texts.get(placeOf(url));
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  return {
    ...machine,
    stat(url) {
      if (!isBundled(url)) return machine.stat(url);
      const content = bytes(url);
      if (content !== undefined) return { kind: "file", size: content.length };
      return known.has(placeOf(url)) ? { kind: "directory", size: 0 } : undefined;
    },
    readBytes(url, limit) {
      if (!isBundled(url)) return machine.readBytes(url, limit);
      const content = bytes(url);
      if (content === undefined) throw new Error("ENOENT: it is not part of the bundle");
      return content.subarray(0, limit + 1);
    },
    list: (url): DirectoryEntry[] =>
      isBundled(url) ? [...folders.get(placeOf(url)) ?? []] : machine.list(url),
    realUrl(url) {
      if (!isBundled(url)) return machine.realUrl(url);
      const target = links.get(placeOf(url));
      if (target === undefined) return url;
      return BUNDLE_ROOT + target + (url.endsWith("/") ? "/" : "");
    },
  };
}

/**
 * The files that values are read from at start, such as a mounted secret: those beside the
 * manifest are looked for beside the executable.
 */
export function besideExecutable(
  manifest: string,
  { files, toPath }: Platform,
): Pick<Platform, "files" | "toPath"> {
  const folder = new URL(".", BUNDLE_ROOT + manifest).href;
  const beside = pathToFileURL(dirname(process.execPath) + "/").href;
  const move = (url: string) => url.startsWith(folder) ? beside + url.slice(folder.length) : url;
  return {
    toPath: (url) => toPath(move(url)),
    files: {
      ...files,
      stat: (url) => files.stat(move(url)),
      readBytes: (url, limit) => files.readBytes(move(url), limit),
      list: (url) => files.list(move(url)),
      realUrl: (url) => files.realUrl(move(url)),
    },
  };
}

function isBundled(url: string): boolean {
  return url.startsWith(BUNDLE_ROOT);
}

function placeOf(url: string): string {
  return url.slice(BUNDLE_ROOT.length).replace(/\/$/, "");
}

/** Every folder above the places, the top one too. */
function foldersOf(places: readonly string[]): Set<string> {
  const all = new Set([""]);
  for (const place of places) {
    for (let end = place.lastIndexOf("/"); end > 0; end = place.lastIndexOf("/", end - 1)) {
      all.add(place.slice(0, end));
    }
  }
  return all;
}
