/** A signal for clients that disconnect, the same on every runtime, created when it is read. */

/** The signal of a request, and a function to call when the request has been answered. */
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

/** Creates the signal of a request. */
export const clientSignal: (request: Request) => ClientSignal = "Deno" in globalThis
  ? relayed
  : own;

/** Node's signal does not report a disconnection from before it was created; Bun's does. */
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
 * Deno aborts its signal after every response, too, so handlers get one that is detached before.
 * It is created lazily, since creating one for every request costs as much as answering it.
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
