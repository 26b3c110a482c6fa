/**
 * `Date` that follows the clock of a test case. Cases run beside each other in one process, so it looks
 * up the clock of the case on whose behalf code runs, and is the ordinary one for all other code.
 */
import type { Clock } from "../contract/clock.ts";
import type { AsyncVariable, Platform } from "../contract/platform.ts";

/** The dates of a test run. */
export class MockedDates {
  readonly #clock: AsyncVariable<Clock>;
  #cases = 0;
  #original: DateConstructor | undefined;

  constructor({ asyncVariable }: Pick<Platform, "asyncVariable">) {
    this.#clock = asyncVariable<Clock>();
  }

  /** Does the work of a case; with a `clock`, `Date` follows it meanwhile. */
  async follow<T>(clock: Clock | undefined, work: () => Promise<T>): Promise<T> {
    if (clock === undefined) return await work();
    if (this.#cases++ === 0) this.#install();
    try {
      return await this.#clock.run(clock, work);
    } finally {
      // It was kept when the first case began.
      if (--this.#cases === 0) globalThis.Date = this.#original!;
    }
  }

  #install(): void {
    const original = this.#original = globalThis.Date;
    const now = () => this.#clock.get()?.now() ?? original.now();
    const date: DateConstructor = new Proxy(original, {
      construct(target, values, newTarget) {
        const given = values.length === 0 ? [now()] : values;
        return Reflect.construct(target, given, newTarget === date ? target : newTarget);
      },
      apply: () => new original(now()).toString(),
      get: (target, key) => key === "now" ? now : Reflect.get(target, key),
    });
    globalThis.Date = date;
  }
}
