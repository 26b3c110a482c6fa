/** Watches what takes longer than usual: to watch every statement would cost as much as it does. */

/** What may have to be watched. */
export interface Watched {
  watch(): void;
}

/** Starts to watch what has not ended after a while. */
export interface Watcher {
  add(watched: Watched): void;
  delete(watched: Watched): void;
  stop(): void;
}

/** Creates a watcher. It starts to watch something one to two times `intervalMs` after it was added. */
export function createWatcher(intervalMs: number): Watcher {
  let recent = new Set<Watched>();
  let older = new Set<Watched>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function look(): void {
    const late = older;
    older = recent;
    recent = new Set();
    timer = older.size === 0 ? undefined : setTimeout(look, intervalMs);
    for (const watched of late) watched.watch();
  }

  return {
    add(watched) {
      recent.add(watched);
      timer ??= setTimeout(look, intervalMs);
    },
    delete(watched) {
      if (!recent.delete(watched)) older.delete(watched);
    },
    stop: () => clearTimeout(timer),
  };
}
