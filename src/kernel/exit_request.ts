/** The exit code that controllers request. */

/** The exit requests of one kernel. */
export interface ExitRequest {
  /** The highest code that was requested; 0 without a request. */
  readonly code: number;
  /** Resolves with the exit code at the first request. */
  readonly requested: Promise<number>;
  request(code: number): void;
}

/** Creates an exit request; nothing is requested yet. */
export function createExitRequest(): ExitRequest {
  const { promise, resolve } = withResolvers<number>();
  let highest = 0;
  return {
    get code() {
      return highest;
    },
    requested: promise,
    request(code) {
      highest = Math.max(highest, code);
      resolve(highest);
    },
  };
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => resolve = settle);
  return { promise, resolve };
}
