/** A signal for clients that go away, the same on every runtime, made when somebody reads it. */

/** A signal to be read, and what to call when the request is answered. */
export interface ClientSignal {
  signal(): AbortSignal;
  release(): void;
}

/** A request with what srvx adds to it on Node. */
type NodeRequest = Request & {
  readonly runtime?: {
    readonly node?: {
      readonly res?: { readonly closed: boolean; readonly writableEnded: boolean };
    };
  };
};

/** Follows a request's client. */
export const clientSignal: (request: Request) => ClientSignal = "Deno" in globalThis
  ? relayed
  : own;

/** Node's signal hears only what happens after it was made; Bun's knows what was before. */
function own(request: NodeRequest): ClientSignal {
  return {
    signal() {
      const response = request.runtime?.node?.res;
      const isGone = response?.closed === true && !response.writableEnded;
      return isGone ? AbortSignal.abort() : request.signal;
    },
    release() {},
  };
}

/**
 * Deno's signal is aborted after every answer too: handlers get one that lets go of it before.
 * It hears only what happens after it was made, and making one for every request would cost
 * as much as answering it.
 */
function relayed(request: Request): ClientSignal {
  let release: (() => void) | undefined;
  let isReleased = false;
  return {
    signal() {
      const controller = new AbortController();
      if (isReleased) return controller.signal;
      const { signal } = request;
      const relay = () => controller.abort(signal.reason);
      if (signal.aborted) relay();
      else signal.addEventListener("abort", relay);
      release = () => signal.removeEventListener("abort", relay);
      return controller.signal;
    },
    release() {
      isReleased = true;
      release?.();
    },
  };
}
