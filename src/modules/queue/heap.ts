/** A binary heap: the least item is taken first. */

export interface Heap<T> {
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
}

/** Creates an empty heap in the order of `compare`. */
export function createHeap<T>(compare: (a: T, b: T) => number): Heap<T> {
  const items: T[] = [];

  /** The item at a place, which is below the length. */
  function itemAt(at: number): T {
    return items[at]!;
  }

  function swap(a: number, b: number): void {
    [items[a], items[b]] = [itemAt(b), itemAt(a)];
  }

  function isLess(a: number, b: number): boolean {
    return compare(itemAt(a), itemAt(b)) < 0;
  }

  return {
    push(item) {
      let at = items.push(item) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && isLess(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => items[0],
    pop() {
      const last = items.pop();
      const [least] = items;
      if (last === undefined || least === undefined) return last;
      items[0] = last;
      for (let at = 0;;) {
        let child = 2 * at + 1;
        if (child >= items.length) return least;
        if (child + 1 < items.length && isLess(child + 1, child)) child++;
        if (!isLess(child, at)) return least;
        swap(at, child);
        at = child;
      }
    },
  };
}
