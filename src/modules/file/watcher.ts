/**
 * Finds out what has changed below a folder. Events of the system only say when to look: each host and
 * each editor, many of which save by renaming, emits others.
 */
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../contract/author.ts";
import { type Entry, scan, type ScanOptions } from "./scan.ts";

/** A file that has changed. */
export interface Change {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly type: "created" | "changed" | "deleted";
}

/** Options of a {@link Watcher}. */
export interface WatcherOptions extends ScanOptions {
  readonly debounceMs: number;
  readonly clock: Clock;
  /** Called for one change after the other. */
  readonly report: (change: Change) => Promise<void>;
  readonly warn: (problem: string, error: unknown) => void;
}

/** How long after an error, such as a folder that was removed, to look again, in milliseconds. */
const RETRY_MS = 1_000;

/** The longest that changes wait for files to be left alone, as a multiple of the debounce. */
const LONGEST_DEBOUNCE = 20;

/** Watches a folder. */
export class Watcher {
  readonly #folder: string;
  readonly #options: WatcherOptions;
  /** Each folder has a watcher of its own: a recursive one misses files after a rename. */
  readonly #watchers = new Map<string, FSWatcher>();
  #known = new Map<string, Entry>();
  #cancel: (() => void) | undefined;
  #firstChange: number | undefined;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(folder: string, options: WatcherOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** How many files are watched. */
  get files(): number {
    return this.#known.size;
  }

  /** Remembers what is there, and watches from now on. */
  async start(): Promise<void> {
    this.#watch("");
    this.#known = await this.#scan();
  }

  /** Watches no longer; resolves when nothing is reported any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#looking;
  }

  #watch(path: string): void {
    if (this.#watchers.has(path) || this.#isStopped) return;
    const watcher = watch(join(this.#folder, path), { persistent: true });
    watcher.on("change", () => this.#schedule());
    watcher.on("error", () => {
      this.#unwatch(path);
      this.#schedule(RETRY_MS);
    });
    this.#watchers.set(path, watcher);
  }

  #unwatch(path: string): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
  }

  /** Looks once the files have been left alone for a while. */
  #schedule(delayMs = this.#options.debounceMs): void {
    if (this.#isStopped) return;
    const { clock } = this.#options;
    this.#firstChange ??= clock.now();
    const latest = this.#firstChange + Math.max(delayMs, delayMs * LONGEST_DEBOUNCE);
    this.#cancel?.();
    this.#cancel = clock.setTimeout(() => {
      this.#firstChange = undefined;
      this.#cancel = undefined;
      this.#look();
    }, Math.max(0, Math.min(delayMs, latest - clock.now())));
  }

  /** One look at a time; what changes meanwhile is found by the next one. */
  #look(): void {
    if (this.#looking !== undefined) return this.#schedule();
    this.#looking = this.#compare().catch((error) => {
      this.#options.warn("The folder cannot be read", error);
      // The system may have stopped watching a folder that was replaced.
      this.#unwatch("");
      this.#schedule(RETRY_MS);
    }).finally(() => this.#looking = undefined);
  }

  async #compare(): Promise<void> {
    const before = this.#known;
    this.#watch("");
    const now = await this.#scan();
    this.#known = now;
    for (const change of changesBetween(before, now)) {
      if (this.#isStopped) return;
      await this.#options.report(change);
    }
  }

  /** The files that match; folders below are watched on the way. */
  async #scan(): Promise<Map<string, Entry>> {
    const { recursive, limit, tooMany } = this.#options;
    if (recursive) {
      const all = await scan(this.#folder, { recursive, limit, tooMany });
      const folders = new Set(all.filter(({ kind }) => kind === "folder").map(({ path }) => path));
      for (const path of this.#watchers.keys()) {
        if (path !== "" && !folders.has(path)) this.#unwatch(path);
      }
      for (const path of folders) this.#watch(path);
    }
    const entries = await scan(this.#folder, this.#options);
    return new Map(
      entries.filter(({ kind }) => kind === "file").map((entry) => [entry.path, entry]),
    );
  }
}

/** What differs, in the order of the paths. */
function changesBetween(
  before: ReadonlyMap<string, Entry>,
  now: ReadonlyMap<string, Entry>,
): Change[] {
  const changes: Change[] = [];
  for (const [path, entry] of now) {
    const old = before.get(path);
    if (old === undefined) changes.push({ path, type: "created" });
    else if (old.modified !== entry.modified || old.size !== entry.size || old.id !== entry.id) {
      changes.push({ path, type: "changed" });
    }
  }
  for (const path of before.keys()) {
    if (!now.has(path)) changes.push({ path, type: "deleted" });
  }
  return changes.sort((a, b) => a.path < b.path ? -1 : 1);
}
