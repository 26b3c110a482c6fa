/** The latest items of a stream: bounded, so that a page may stay open for days. */
export class Ring<T> {
  readonly #capacity: number;
  #items: T[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The item that was added last. */
  get last(): T | undefined {
    return this.#items.at(-1);
  }

  /** Adds items; the oldest ones beyond the capacity are forgotten. */
  push(items: readonly T[]): void {
    for (const item of items) this.#items.push(item);
    // The list is cut rarely, so that an item costs the same however many there are.
    if (this.#items.length > this.#capacity * 2) this.#items = this.#items.slice(-this.#capacity);
  }

  /** The latest items, oldest first. */
  latest(): readonly T[] {
    return this.#items.length > this.#capacity ? this.#items.slice(-this.#capacity) : this.#items;
  }

  clear(): void {
    this.#items = [];
  }
}
