/** Counts executions, and how many there were in the last seconds. */
import type { Activity } from "./api.ts";

/** How many seconds rates are about. */
const WINDOW_S = 10;

interface Second {
  /** Which second it is, by the clock of the counter. */
  at: number;
  executions: number;
  errors: number;
  sumMs: number;
  maxMs: number;
}

const NOTHING: Activity = Object.freeze({
  executions: 0,
  errors: 0,
  perSecond: 0,
  errorsPerSecond: 0,
  meanMs: 0,
  maxMs: 0,
});

/** The executions of a resource, or of a connection. Times are in milliseconds of one clock. */
export class ActivityCounter {
  #executions = 0;
  #errors = 0;
  readonly #seconds: Second[] = [];
  #firstMs: number | undefined;

  /** Counts an execution that has ended at `nowMs`. */
  add(nowMs: number, ms: number, hasFailed: boolean): void {
    this.#executions++;
    this.#firstMs ??= nowMs;
    const at = Math.floor(nowMs / 1_000);
    let second = this.#seconds[at % WINDOW_S];
    if (second === undefined) {
      second = this.#seconds[at % WINDOW_S] = { at, executions: 0, errors: 0, sumMs: 0, maxMs: 0 };
    } else if (second.at !== at) {
      second.at = at;
      second.executions =
        second.errors =
        second.sumMs =
        second.maxMs =
          0;
    }
    second.executions++;
    second.sumMs += ms;
    if (ms > second.maxMs) second.maxMs = ms;
    if (!hasFailed) return;
    this.#errors++;
    second.errors++;
  }

  /** True if there was an execution in the last seconds. */
  isActive(nowMs: number): boolean {
    const oldest = Math.floor(nowMs / 1_000) - WINDOW_S;
    return this.#seconds.some((second) => second !== undefined && second.at > oldest);
  }

  read(nowMs: number): Activity {
    if (this.#executions === 0) return NOTHING;
    const now = Math.floor(nowMs / 1_000);
    let [executions, errors, sumMs, maxMs] = [0, 0, 0, 0];
    for (const second of this.#seconds) {
      if (second === undefined || second.at <= now - WINDOW_S) continue;
      executions += second.executions;
      errors += second.errors;
      sumMs += second.sumMs;
      maxMs = Math.max(maxMs, second.maxMs);
    }
    // The current second has only begun, and counting may have, too.
    const covered = nowMs / 1_000 - Math.max(now - WINDOW_S + 1, (this.#firstMs ?? nowMs) / 1_000);
    const span = Math.max(1, covered);
    return {
      executions: this.#executions,
      errors: this.#errors,
      perSecond: rounded(executions / span),
      errorsPerSecond: rounded(errors / span),
      meanMs: executions === 0 ? 0 : rounded(sumMs / executions),
      maxMs: rounded(maxMs),
    };
  }
}

/** The activity of what was never executed. */
export function noActivity(): Activity {
  return NOTHING;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
