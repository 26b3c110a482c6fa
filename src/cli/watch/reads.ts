/** Notes what an app is made from while it is loaded: the files that it reads, and the folders that it lists. */
import type { Platform } from "../../contract/platform.ts";

/** What was read, by `file:` URL. */
export interface Reads {
  /** When each file had last changed before it was read; `undefined` if it did not exist. */
  readonly files: ReadonlyMap<string, number | undefined>;
  /** The names that each folder had when it was listed. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

/** `platform`, and what is read through it. Files are noted until the process ends. */
export function noteReads(
  platform: Platform,
): { readonly platform: Platform; readonly reads: Reads } {
  const files = new Map<string, number | undefined>();
  const folders = new Map<string, ReadonlySet<string>>();
  const timeOf = (url: string) => url.startsWith("file:") ? platform.files.changedAt(url) : 0;
  const note = (url: string, time: number | undefined) => {
    if (url.startsWith("file:")) files.set(url, time);
  };
  return {
    reads: { files, folders },
    platform: {
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
          if (url.startsWith("file:")) folders.set(url, new Set(entries.map(({ name }) => name)));
          return entries;
        },
      },
    },
  };
}
