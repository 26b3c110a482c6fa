/** The kernel's own steps as debug lines: what it reads, chooses, waits for and stops. */
import type { Files, Platform } from "../contract/platform.ts";

/**
 * Logs one step. It is undefined unless debug lines are wanted, so that `log?.(…)` does not even
 * evaluate its message then.
 */
export type StepLog = (message: string) => void;

/** `platform`, with a log line for every file, folder, remote manifest and controller that it reads. */
export function withLoggedReads(platform: Platform, log: StepLog): Platform {
  return {
    ...platform,
    files: withLoggedFiles(platform, log),
    async importModule(url) {
      const started = performance.now();
      const namespace = await platform.importModule(url);
      log(`Imported ${platform.toPath(url)} in ${since(started)}`);
      return namespace;
    },
    async fetch(url, signal) {
      const started = performance.now();
      const response = await platform.fetch(url, signal);
      log(`Fetched ${withoutQuery(url)}: status ${response.status} in ${since(started)}`);
      return response;
    },
  };
}

/** The files of `platform`, with a log line for every read. */
export function withLoggedFiles(
  { files, toPath }: Pick<Platform, "files" | "toPath">,
  log: StepLog,
): Files {
  return {
    ...files,
    readBytes(url, limit) {
      const bytes = files.readBytes(url, limit);
      log(`Read ${toPath(url)} (${count(bytes.length, "byte")})`);
      return bytes;
    },
    list(url) {
      const entries = files.list(url);
      log(`Listed ${toPath(url)} (entries: ${entries.length})`);
      return entries;
    },
  };
}

/** `1 kind`, `2 kinds`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The time since `started`, a value of `performance.now()`: `1.3 ms`. */
export function since(started: number): string {
  return `${(performance.now() - started).toFixed(1)} ms`;
}

/** The query and the user name of a URL may be secret. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
