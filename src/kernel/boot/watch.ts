/**
 * Watches a boot: names a step that takes long, and calls the boot off when it takes too long.
 * A promise that never settles would otherwise leave the user looking at nothing.
 */
import { fail, type Origin } from "../../contract/errors.ts";

/** What a boot is waiting for. */
export interface Waiting {
  /** `init of Http.Server.Main`. */
  readonly what: string;
  readonly origin: Origin | undefined;
}

/** A boot under watch. */
export interface BootWatch {
  /** Told before every step; `waiting` is asked when it takes long. */
  step(waiting: () => Waiting): void;
  /** Ends the watch. */
  end(): void;
}

/** How to watch. */
export interface BootWatchOptions {
  /** How often to look, in milliseconds; a step that is seen twice is named. */
  readonly lookEveryMs: number;
  /** How long the whole boot may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly notice: (message: string) => void;
  readonly abort: (reason: Error) => void;
}

/** Begins to watch. */
export function watchBoot({ lookEveryMs, timeoutMs, notice, abort }: BootWatchOptions): BootWatch {
  let waiting = (): Waiting => ({ what: "the controllers to load", origin: undefined });
  let steps = 0;
  let seen = -1;
  // One timer for all: arming one per step would cost more than most steps.
  const looking = setInterval(() => {
    if (seen === steps) notice(`Still waiting for ${waiting().what}`);
    seen = steps;
  }, lookEveryMs);
  const timeout = setTimeout(() => {
    const { what, origin } = waiting();
    abort(fail("ERR_ABORTED", {
      problem: `The boot took longer than ${timeoutMs / 1000} s, waiting for ${what}`,
    }, {
      origin,
      help: "Allow more time with --boot-timeout, or find out why it does not settle",
    }));
  }, timeoutMs);
  return {
    step(next) {
      waiting = next;
      steps++;
    },
    end() {
      clearInterval(looking);
      clearTimeout(timeout);
    },
  };
}
