/** A signal for clients that go away, the same on every runtime. */

/** A signal, and what to call when the request is answered. */
export interface ClientSignal {
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * Follows a request's client. Deno aborts a request's own signal after every answer too, so
 * there handlers get one that lets go of it before.
 */
export const clientSignal: (request: Request) => ClientSignal = "Deno" in globalThis
  ? relayed
  : ({ signal }) => ({ signal, release() {} });

function relayed({ signal }: Request): ClientSignal {
  const controller = new AbortController();
  const relay = () => controller.abort(signal.reason);
  if (signal.aborted) relay();
  else signal.addEventListener("abort", relay);
  return {
    signal: controller.signal,
    release: () => signal.removeEventListener("abort", relay),
  };
}
