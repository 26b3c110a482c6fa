/** Notes what an app is made from while it is loaded: the files that it reads, and the folders that it lists. */
import type { Platform } from "../../contract/platform.ts";

/** What was read, by `file:` URL. */
export interface Reads {
  /** When each file had last changed before it was read; `undefined` if it did not exist. */
  readonly files: ReadonlyMap<string, number | undefined>;
  /** The names that each folder had when it was listed. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What was read so far, to which more is added. */
export class NotedReads implements Reads {
  readonly files: Map<string, number | undefined> = new Map();
  readonly folders: Map<string, ReadonlySet<string>> = new Map();

  /** True if a file or folder is among them. */
  has(url: string): boolean {
    return this.files.has(url) || this.folders.has(url);
  }
}

/** `platform`, which notes what is read through it in each of `all`. */
export function noteReads(platform: Platform, ...all: readonly NotedReads[]): Platform {
  const timeOf = (url: string) => url.startsWith("file:") ? platform.files.changedAt(url) : 0;
  const note = (url: string, time: number | undefined) => {
    if (url.startsWith("file:")) { for (const { files } of all) files.set(url, time); }
  };
  return {
    ...platform,
    files: {
      ...platform.files,
      stat(url) {
        // Before the file is looked at, so that a change after that is noticed.
        const time = timeOf(url);
        const found = platform.files.stat(url);
        // A folder changes with every file in it; which names it has is noted when it is listed.
        if (found?.kind !== "directory") note(url, time);
        return found;
      },
      readBytes(url, limit) {
        note(url, timeOf(url));
        return platform.files.readBytes(url, limit);
      },
      list(url) {
        const entries = platform.files.list(url);
        const names = new Set(entries.map(({ name }) => name));
        if (url.startsWith("file:")) { for (const { folders } of all) folders.set(url, names); }
        return entries;
      },
    },
  };
}
