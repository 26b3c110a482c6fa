/** Lets a number of executions run at the same time; others wait in order. */

/** A limit of one resource. */
export interface Limit {
  readonly running: number;
  readonly waiting: number;
  /**
   * Waits for a turn, and gives what must be called at its end; `undefined` if too many wait. Rejects
   * with the reason of `signal` when it is aborted meanwhile.
   */
  enter(signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** Creates a limit of `most` executions; `queue` may wait. */
export function createLimit(most: number, queue: number, onChange: () => void): Limit {
  let running = 0;
  const waiting = new Set<() => void>();

  function begin(): () => void {
    running++;
    onChange();
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      running--;
      const [next] = waiting;
      if (next !== undefined) next();
      else onChange();
    };
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiting.size;
    },
    enter(signal) {
      if (running < most) return Promise.resolve(begin());
      if (waiting.size >= queue) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        const abort = () => {
          waiting.delete(next);
          onChange();
          reject(signal.reason);
        };
        const next = () => {
          waiting.delete(next);
          signal.removeEventListener("abort", abort);
          resolve(begin());
        };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        waiting.add(next);
        onChange();
      });
    },
  };
}
