/** The root executions in progress, oldest first. A list: a set costs a server more than its calls. */
import type { ExecutionContext } from "./execution_context.ts";

/** An execution that was not started by another one. */
export class Root {
  readonly urn: string;
  ctx: ExecutionContext | undefined;
  /** Its neighbours in {@link Roots}. */
  previous: Root | undefined;
  next: Root | undefined;
  isActive = false;

  constructor(urn: string) {
    this.urn = urn;
  }
}

/** Root executions in the order of their start. */
export class Roots {
  #first: Root | undefined;
  #last: Root | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(root: Root): void {
    root.isActive = true;
    root.previous = this.#last;
    if (this.#last === undefined) this.#first = root;
    else this.#last.next = root;
    this.#last = root;
  }

  /** Removes an execution, if it is still there. */
  delete(root: Root): void {
    if (!root.isActive) return;
    root.isActive = false;
    const { previous, next } = root;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    root.previous = root.next = undefined;
  }

  all(): readonly Root[] {
    const all: Root[] = [];
    for (let root = this.#first; root !== undefined; root = root.next) all.push(root);
    return all;
  }
}
