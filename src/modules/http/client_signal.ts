/** A signal for clients that disconnect, the same on every runtime, created when it is read. */

/** The signal of a request, and a function to call when the request has been answered. */
export interface ClientSignal {
  signal(): AbortSignal;
  /** Aborts the signal for another reason than the client. */
  abort(reason: unknown): void;
  /** Calls `listener` when the client disconnects; the returned function stops that. */
  onGone(listener: () => void): () => void;
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

/**
 * Creates the signal of a request. It is not that of the request: Deno aborts that one after every
 * response, too, and a stop aborts this one. It is created lazily, since creating one for every
 * request costs as much as answering it.
 */
export function clientSignal(request: NodeRequest): ClientSignal {
  let controller: AbortController | undefined;
  let release: (() => void) | undefined;
  let isReleased = false;

  /** Node's signal does not report a disconnection from before it was created. */
  function isGone(): boolean {
    const response = request.runtime?.node?.res;
    return response?.closed === true && !response.writableEnded || request.signal.aborted;
  }

  return {
    signal() {
      if (controller !== undefined) return controller.signal;
      const own = controller = new AbortController();
      if (isReleased) return own.signal;
      const { signal } = request;
      const relay = () => own.abort(signal.reason);
      if (isGone()) relay();
      else signal.addEventListener("abort", relay);
      release = () => signal.removeEventListener("abort", relay);
      return own.signal;
    },
    abort(reason) {
      controller ??= new AbortController();
      controller.abort(reason);
    },
    onGone(listener) {
      const { signal } = request;
      if (isGone()) queueMicrotask(listener);
      else signal.addEventListener("abort", listener, { once: true });
      return () => signal.removeEventListener("abort", listener);
    },
    release() {
      isReleased = true;
      release?.();
    },
  };
}
