/** Time as controllers see it, which tests can set. */

/**
 * The time and timers; a test may replace them by a clock that it moves.
 *
 * @example
 * const cancel = ctx.clock.setTimeout(() => ctx.log.warn("Still waiting"), 5_000);
 * await ctx.clock.sleep(1_000, ctx.signal);
 * cancel();
 */
export interface Clock {
  /** The time in milliseconds since the epoch, as `Date.now()`. */
  now(): number;
  /** Calls `callback` once, after `ms` milliseconds; the returned function cancels that. */
  setTimeout(callback: () => void, ms: number): () => void;
  /** Resolves after `ms` milliseconds; rejects with the reason of `signal` when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Creates a clock of the given time and timers. */
export function createClock(
  now: Clock["now"],
  setTimer: Clock["setTimeout"],
): Clock {
  return {
    now,
    setTimeout: setTimer,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = setTimer(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, ms);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

/**
 * Like {@link Clock.setTimeout}, but a timer of the machine does not keep the process alive. Unlike
 * that of `AbortSignal.timeout`, it can be cancelled: otherwise each would stay in memory until it is due.
 */
export function setBackgroundTimer(clock: Clock, callback: () => void, ms: number): () => void {
  if (clock !== realClock) return clock.setTimeout(callback, ms);
  const timer = setTimeout(callback, ms);
  // Its type is that of a browser, where it is a number.
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer);
}

/** The time of the machine. */
export const realClock: Clock = createClock(() => Date.now(), (callback, ms) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
});
