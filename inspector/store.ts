/** Values that views show, and which draw them again when they change. */
import { useEffect, useState } from "preact/hooks";

/** How long changes are collected before views draw again, in milliseconds. */
const DRAW_EVERY = 100;

/** Something that changes; views draw it at most ten times a second. */
export class Store {
  /** Grows with every change. */
  version = 0;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Says that something has changed. */
  changed(): void {
    this.version++;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const listener of this.#listeners) listener();
    }, DRAW_EVERY);
  }

  /** Calls `listener` after changes; returns how to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Draws the component again when a store has changed; returns the version of the store. */
export function useStore(store: Store): number {
  const [version, setVersion] = useState(store.version);
  useEffect(() => {
    const update = () => setVersion(store.version);
    update();
    return store.subscribe(update);
  }, [store]);
  return version;
}
