/** A lock whose waiting callers are served in order. */

/** A lock that one caller holds at a time. */
export interface Lock {
  /** True if nobody holds it or waits for it. */
  readonly isFree: boolean;
  /** Resolves with the release function; rejects with `late()` after `timeoutMs`, if it is not 0. */
  acquire(timeoutMs: number, late: () => Error): Promise<() => void>;
}

/** Creates a lock that nobody holds. */
export function createLock(): Lock {
  let held = false;
  const waiting: (() => void)[] = [];

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) held = false;
    else next();
  }

  /** A release function that works once. */
  function lease(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      release();
    };
  }

  return {
    get isFree() {
      return !held;
    },
    acquire(timeoutMs, late) {
      if (!held) {
        held = true;
        return Promise.resolve(lease());
      }
      return new Promise((resolve, reject) => {
        const timer = timeoutMs === 0 ? undefined : setTimeout(() => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(late());
        }, timeoutMs);
        const enter = () => {
          clearTimeout(timer);
          resolve(lease());
        };
        waiting.push(enter);
      });
    },
  };
}
