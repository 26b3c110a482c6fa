/**
 * Watches a boot: names a step that takes long, and calls the boot off when it takes too long.
 * A promise that never settles would otherwise leave the user looking at nothing.
 */
import { fail } from "../contract/errors.ts";

/** A boot under watch. */
export interface BootWatch {
  /** Told before every step: `Http.Server.Main` and `init`. */
  step(urn: string, name: string): void;
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
  let current = "the controllers to load";
  let steps = 0;
  let seen = -1;
  // One timer for all: arming one per step would cost more than most steps.
  const looking = setInterval(() => {
    if (seen === steps) notice(`Still waiting for ${current}`);
    seen = steps;
  }, lookEveryMs);
  const timeout = setTimeout(() => {
    abort(fail("ERR_ABORTED", {
      problem: `The boot took longer than ${timeoutMs / 1000} s, waiting for ${current}`,
    }, { help: "Allow more time with --boot-timeout, or find out why it does not settle" }));
  }, timeoutMs);
  return {
    step(urn, name) {
      current = `${name} of ${urn}`;
      steps++;
    },
    end() {
      clearInterval(looking);
      clearTimeout(timeout);
    },
  };
}
