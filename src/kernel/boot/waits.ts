/** What the controllers of resources have said that they wait for, until their next pass. */
export class Waits {
  readonly #waits = new Map<string, Set<string>>();

  /** Notes that the resource `waiting` waits for `urn`. */
  add(urn: string, waiting: string): void {
    let waits = this.#waits.get(waiting);
    if (waits === undefined) this.#waits.set(waiting, waits = new Set());
    waits.add(String(urn));
  }

  /** What a resource has said since the last call. */
  take(urn: string): readonly string[] {
    const waits = this.#waits.get(urn);
    this.#waits.delete(urn);
    return waits === undefined ? [] : [...waits];
  }
}
