/** A signal for clients that disconnect, the same on every runtime. */

/** A request with what srvx adds to it on Node. */
type NodeRequest = Request & {
  readonly runtime?: {
    readonly node?: {
      readonly res?: { readonly closed: boolean; readonly writableEnded: boolean };
    };
  };
};

/**
 * The signal of a request. It is not that of the request itself: Deno aborts that one after every
 * response, too, and a stop aborts this one. It is created when it is first read, since creating one for
 * every request costs as much as answering it.
 */
export class ClientSignal {
  readonly #request: NodeRequest;
  #controller: AbortController | undefined;
  #relay: (() => void) | undefined;
  #isReleased = false;

  constructor(request: NodeRequest) {
    this.#request = request;
  }

  signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const own = this.#controller = new AbortController();
    if (this.#isReleased) return own.signal;
    const { signal } = this.#request;
    const relay = this.#relay = () => own.abort(signal.reason);
    if (this.#isGone()) relay();
    else signal.addEventListener("abort", relay);
    return own.signal;
  }

  /** Aborts the signal for another reason than the client. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  /** Calls `listener` when the client disconnects; the returned function stops that. */
  onGone(listener: () => void): () => void {
    const { signal } = this.#request;
    if (this.#isGone()) queueMicrotask(listener);
    else signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
  }

  /** Called when the request has been answered. */
  release(): void {
    this.#isReleased = true;
    if (this.#relay !== undefined) this.#request.signal.removeEventListener("abort", this.#relay);
  }

  /** Node's signal does not report a disconnection from before it was created. */
  #isGone(): boolean {
    const response = this.#request.runtime?.node?.res;
    return response?.closed === true && !response.writableEnded || this.#request.signal.aborted;
  }
}
