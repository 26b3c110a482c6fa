/**
 * Watches the files that an app was made from. The folders around them are watched rather than the
 * files, because many editors save by renaming another file to the name.
 */
import type { Files, Platform } from "../../contract/platform.ts";
import { localModules } from "../../kernel/reload/local_modules.ts";
import type { Reads } from "./reads.ts";

/** How long nothing may change before changes are reported, in milliseconds. */
const QUIET_MS = 50;

/** How often to look without an event, since network file systems and shared folders of virtual machines have none. */
const PERIOD_MS = 2_000;

/** Watches files. */
export interface Watcher {
  /** Watches what has been read by now, and reports what has changed since it was read. */
  update(): void;
  /** Stops watching until the next {@link update}, which reports what has changed meanwhile. */
  close(): void;
}

/** Creates a watcher; `onChange` gets the URLs of the files and folders that changed. */
export function createWatcher(
  platform: Platform,
  reads: Reads,
  onChange: (urls: readonly string[]) => void,
): Watcher {
  const { files } = platform;
  const watched = new Map<string, () => void>();
  /** When the files had last changed, and the names in folders, as far as it was reported. */
  const times = new Map<string, number | undefined>();
  const names = new Map<string, ReadonlySet<string>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let period: ReturnType<typeof setInterval> | undefined;

  /** A folder, or the nearest one around it that exists. */
  function existing(folder: string): string {
    let at = folder;
    while (files.stat(at)?.kind !== "directory") {
      const above = new URL("..", at).href;
      if (above === at) break;
      at = above;
    }
    return at;
  }

  function watch(folder: string): void {
    if (watched.has(folder)) return;
    try {
      // The platforms of the program watch folders.
      watched.set(folder, platform.watchFolder!(folder, () => schedule()));
    } catch {
      // It was removed in the meantime, which the folder above it reports.
    }
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(report, QUIET_MS);
  }

  function report(): void {
    const changed: string[] = [];
    for (const [url, time] of times) {
      const now = files.changedAt(url);
      if (now === time) continue;
      times.set(url, now);
      changed.push(url);
    }
    for (const [url, known] of names) {
      const now = namesIn(url, platform);
      if (now.size === known.size && [...now].every((name) => known.has(name))) continue;
      names.set(url, now);
      changed.push(url);
    }
    if (changed.length > 0) onChange(changed);
  }

  return {
    update() {
      const around = new Set<string>();
      for (const [url, time] of reads.files) {
        if (!times.has(url)) times.set(url, time);
        around.add(new URL(".", url).href);
        if (time !== undefined) around.add(new URL(".", realUrl(url, files)).href);
      }
      for (const [url, known] of reads.folders) {
        if (!names.has(url)) names.set(url, known);
        around.add(url.replace(/\/*$/, "/"));
      }
      const imported = platform.imported?.times().keys() ?? [];
      // A script in a process of its own is imported there, and only looked for here.
      const elsewhere = [...reads.files.keys()].filter((url) => CODE.test(url));
      for (const url of localModules([...imported, ...elsewhere], files).keys()) {
        if (!times.has(url)) times.set(url, files.changedAt(url));
        around.add(new URL(".", url).href);
      }
      const folders = new Set([...around].map(existing));
      for (const [folder, end] of watched) {
        if (folders.has(folder)) continue;
        end();
        watched.delete(folder);
      }
      for (const folder of folders) watch(folder);
      period ??= setInterval(report, PERIOD_MS);
      schedule();
    },
    close() {
      clearTimeout(timer);
      clearInterval(period);
      period = undefined;
      for (const end of watched.values()) end();
      watched.clear();
    },
  };
}

/** The name of a module. */
const CODE = /\.[cm]?[jt]s$/;

/** Where a link leads: the folder around its target is watched, too. */
function realUrl(url: string, { realUrl }: Files): string {
  try {
    return realUrl(url);
  } catch {
    return url;
  }
}

function namesIn(url: string, { files }: Platform): ReadonlySet<string> {
  try {
    return new Set(files.list(url).map(({ name }) => name));
  } catch {
    return new Set();
  }
}
