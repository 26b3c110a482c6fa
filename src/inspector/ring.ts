/** A list that forgets its oldest items. */
import type { Page } from "./api.ts";

/** An item with its number in the list. */
export type Numbered<Item> = Item & { readonly seq: number };

/** A part of a list that is asked for. */
export interface PageOptions<Item> {
  /** Only items that come after the one with this number; from the oldest on by default. */
  readonly after?: number | undefined;
  /** At most this many: the newest, or with `after` the next ones. */
  readonly limit: number;
  readonly matches?: (item: Item) => boolean;
}

/** A list of at most `capacity` items. */
export class Ring<Item extends object> {
  readonly capacity: number;
  readonly #items: Numbered<Item>[] = [];
  #seq = 0;
  /** Items that were never stored because there were too many at once. */
  #skipped = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(item: Item): Numbered<Item> {
    const numbered = { ...item, seq: ++this.#seq };
    // Items are removed many at a time, because removing the first one moves all others.
    if (this.#items.length >= this.capacity * 2) this.#items.splice(0, this.capacity);
    this.#items.push(numbered);
    return numbered;
  }

  /** Counts an item that is not stored. */
  skip(): void {
    this.#seq++;
    this.#skipped++;
  }

  page({ after, limit, matches = () => true }: PageOptions<Item>): Page<Numbered<Item>> {
    const kept = this.#items.slice(-this.capacity);
    const later = after === undefined ? kept : kept.filter(({ seq }) => seq > after);
    const fitting = later.filter(matches);
    const items = after === undefined ? fitting.slice(-limit) : fitting.slice(0, limit);
    const isWhole = items.length === fitting.length || after === undefined;
    const from = after ?? 0;
    const lost = this.#seq - Math.min(from, this.#seq) - later.length;
    return {
      items,
      next: isWhole ? this.#seq : items.at(-1)?.seq ?? from,
      lost: after === undefined ? 0 : Math.max(0, lost),
    };
  }

  /** How many items were not stored. */
  get skipped(): number {
    return this.#skipped;
  }
}

/** Lets at most a number of things a second through. */
export class RateLimit {
  readonly #now: () => number;
  #second = 0;
  #count = 0;

  /** `now` is in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** True for the first `limit` calls in each second. */
  admits(limit: number, nowMs: number = this.#now()): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    return this.#count++ < limit;
  }
}
