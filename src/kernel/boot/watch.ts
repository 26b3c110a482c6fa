/**
 * Watches a boot: names a slow step, and aborts the boot after its timeout. Otherwise a promise
 * that never settles would leave the user without any output.
 */
import { fail, type Origin } from "../../contract/errors.ts";

/** The step that a boot is waiting for. */
export interface BootStep {
  /** `init of Http.Server.Main`. */
  readonly what: string;
  readonly origin: Origin | undefined;
}

/** The watchdog of a boot. */
export interface BootWatch {
  /** Called before every step; `describe` is called only if the step is slow. */
  step(describe: () => BootStep): void;
  /** Stops watching. */
  end(): void;
}

/** Options of {@link watchBoot}. */
export interface BootWatchOptions {
  /** The interval of the checks, in milliseconds; a step still pending at the second one is logged. */
  readonly intervalMs: number;
  /** How long the whole boot may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
  readonly abort: (reason: Error) => void;
}

/** Starts watching. */
export function watchBoot({ intervalMs, timeoutMs, warn, abort }: BootWatchOptions): BootWatch {
  let current = (): BootStep => ({ what: "the controllers to load", origin: undefined });
  let steps = 0;
  let stepsAtLastCheck = -1;
  // One timer for all steps, because a timer per step would cost more than most steps.
  const interval = setInterval(() => {
    if (stepsAtLastCheck === steps) warn(`Still waiting for ${current().what}`);
    stepsAtLastCheck = steps;
  }, intervalMs);
  const timeout = setTimeout(() => {
    const { what, origin } = current();
    abort(fail("ERR_ABORTED", {
      problem: `The boot took longer than ${timeoutMs / 1000} s, waiting for ${what}`,
    }, {
      origin,
      help: "Allow more time with --boot-timeout, or find out why it does not settle",
    }));
  }, timeoutMs);
  return {
    step(next) {
      current = next;
      steps++;
    },
    end() {
      clearInterval(interval);
      clearTimeout(timeout);
    },
  };
}
