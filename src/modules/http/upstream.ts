/** The service behind a proxy: connections that are kept, and exchanges over them. */
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as TlsAgent, request as requestHttps } from "node:https";
import type { Clock } from "../../contract/author.ts";
import type { OutgoingHeaders } from "./proxy_headers.ts";

/** A request for the service. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHeaders;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** When to give up. */
export interface Patience {
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Milliseconds from the end of the request to the beginning of the response. */
  readonly timeoutMs: number;
}

/** A service. */
export interface Upstream {
  /** Sends a request. Rejects if there is no response. */
  send(outgoing: Outgoing, patience: Patience): Promise<IncomingMessage>;
  close(): void;
}

/** There was no response in time. */
export class UpstreamTimeout extends Error {}

/** Nobody waits for the response any more. */
export class ClientGone extends Error {}

/** Methods that may be sent again if the service has closed a kept connection meanwhile. */
const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
/** What the connection was lost with. */
const LOST: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** An error of a request, and whether its connection was used before. */
class SendError extends Error {
  readonly isStale: boolean;

  constructor(cause: Error, isStale: boolean) {
    super(cause.message, { cause });
    this.isStale = isStale;
  }
}

/** Creates the connections to a service, which are opened when they are needed. */
export function createUpstream({ protocol, hostname, port }: URL, clock: Clock): Upstream {
  const isTls = protocol === "https:";
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const request = isTls ? requestHttps : requestHttp;
  const host = hostname.replace(/^\[|\]$/g, "");

  function open({ method, path, headers }: Outgoing): ClientRequest {
    return request({
      protocol,
      host,
      port: port === "" ? (isTls ? 443 : 80) : port,
      method,
      path,
      headers,
      agent,
      setHost: false,
    });
  }

  async function send(outgoing: Outgoing, patience: Patience): Promise<IncomingMessage> {
    try {
      return await exchange(open(outgoing), outgoing.body, patience, clock);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      const isRepeatable = outgoing.body === null && REPEATABLE.has(outgoing.method);
      if (!error.isStale || !isRepeatable || patience.signal.aborted) throw error.cause;
      return await exchange(open(outgoing), null, patience, clock).catch((second: Error) => {
        throw second instanceof SendError ? second.cause : second;
      });
    }
  }

  return { send, close: () => agent.destroy() };
}

/** Sends the body, and waits for the beginning of the response. */
function exchange(
  sent: ClientRequest,
  body: ReadableStream<Uint8Array> | null,
  { signal, timeoutMs }: Patience,
  clock: Clock,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let stopTimer: (() => void) | undefined;
    let isSettled = false;

    function settle(): void {
      isSettled = true;
      stopTimer?.();
      signal.removeEventListener("abort", abort);
    }

    function fail(error: Error): void {
      settle();
      sent.destroy();
      reject(error);
    }

    function abort(): void {
      fail(new ClientGone());
    }

    sent.on("response", (response: IncomingMessage) => {
      settle();
      // The reader of the response gets its errors.
      response.on("error", () => {});
      resolve(response);
    });
    // Nobody has asked for another protocol, and no response follows.
    sent.on("upgrade", () => {
      if (!isSettled) fail(new Error("it switched to another protocol"));
    });
    // Also called after the response, for which the reader gets the error.
    sent.on("error", (error: Error & { code?: string }) => {
      if (isSettled) return;
      settle();
      reject(new SendError(error, sent.reusedSocket && LOST.has(error.code)));
    });
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);

    const onSent = () => {
      if (isSettled || timeoutMs === Infinity) return;
      stopTimer = clock.setTimeout(() => fail(new UpstreamTimeout()), timeoutMs);
    };
    if (body === null) {
      sent.end();
      onSent();
    } else {
      sendBody(body, sent).then(onSent, (error: Error) => {
        // The upstream must not take a part for the whole.
        sent.destroy();
        if (!isSettled) fail(error);
      });
    }
  });
}

/** Sends a body as fast as the service takes it. What it does not want any more is discarded. */
async function sendBody(body: ReadableStream<Uint8Array>, sent: ClientRequest): Promise<void> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!sent.destroyed && !sent.write(value)) await untilWritable(sent);
  }
  if (!sent.destroyed) sent.end();
}

function untilWritable(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      sent.off("drain", go);
      sent.off("close", go);
      resolve();
    };
    sent.on("drain", go);
    sent.on("close", go);
  });
}
