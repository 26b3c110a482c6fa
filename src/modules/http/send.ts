/** Sends results that are not data: bytes, streams and responses. */
import { bytesOf, fail, formOf, isLive, iteratorOf } from "../../contract/author.ts";
import type { ClientSignal } from "./client_signal.ts";
import type { RequestLimits } from "./limits.ts";
import { ITEM_TYPES, type ItemFormat, partsOf, SSE_HEARTBEAT } from "./live_body.ts";
import type { ResponseClass } from "./response_class.ts";
import { openStream, stopProducer } from "./stream.ts";

/** A request whose handler has given its result. */
export interface Sending {
  readonly request: Request;
  /** The resource that was executed. */
  readonly urn: string;
  /** What the route asks for. */
  readonly format: ItemFormat | undefined;
  readonly client: ClientSignal;
  readonly limits: RequestLimits;
  /** Called when a stream breaks off. */
  readonly onFailure: (error: unknown) => void;
  /** Called when a stream has ended, however it did. */
  readonly onEnd: () => void;
}

/** A request with what srvx adds to it on Node. */
type NodeRequest = Request & {
  readonly runtime?: { readonly node?: { readonly res?: { flushHeaders?(): void } } };
};

/** Headers that describe a connection, or the encoding that was undone when a response was fetched. */
const NOT_FORWARDED = ["connection", "keep-alive", "transfer-encoding"];
const OF_ENCODING = ["content-encoding", "content-length"];

/** Responses whose bodies are streams; a connection that sends one may be idle for long. */
const streaming = new WeakSet<Response>();

/** True for a response whose body is a stream. */
export function isStreaming(response: Response): boolean {
  return streaming.has(response);
}

/** Says that the body of a response is a stream. */
export function markStreaming(response: Response): void {
  streaming.add(response);
}

/** A body that is sent with its length, or a stream of Node. */
type OwnBody = Uint8Array<ArrayBuffer> | Blob | AsyncIterable<Uint8Array>;

/** Bodies of responses of this module, which need not become streams of the web in between. */
const ownBodies = new WeakMap<Response, OwnBody>();

/** The body of a response that {@link responseWith} has made. */
export function ownBodyOf(response: Response): OwnBody | undefined {
  return ownBodies.get(response);
}

/** A response for {@link forwardResponse}, or of a middleware. */
export function responseWith(body: OwnBody, init: ResponseInit): Response {
  const response = new Response(null, init);
  ownBodies.set(response, body);
  return response;
}

/** A response with bytes or a stream as its body. */
export function bodyResponse(
  content: unknown,
  status: number,
  headers: Headers,
  sending: Sending,
  Response: ResponseClass,
): Response {
  const form = formOf(content);
  if (form !== "items") setDefault(headers, "content-type", "application/octet-stream");
  if (form === "bytes") return new Response(bytesOf(content), { status, headers });
  const { request } = sending;
  const format = sending.format ?? (acceptsEvents(request) ? "sse" : "ndjson");
  const isEvents = form === "items" && format === "sse";
  if (form === "items") setDefault(headers, "content-type", ITEM_TYPES[format]);
  if (isEvents) setDefault(headers, "cache-control", "no-cache");
  return streamResponse(content, format, { status, headers }, isEvents, sending, Response);
}

/** A `Response` of a handler, sent as it is. */
export function forwardResponse(
  result: Response,
  sending: Sending,
  Response: ResponseClass,
): Response {
  const { urn } = sending;
  const { status, statusText } = result;
  if (status < 200 || status > 599) {
    const problem = `its response has the status ${status}, which cannot be sent`;
    throw fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, {
      help: "Return a response with a status from 200 to 599",
    });
  }
  const headers = new Headers(result.headers);
  for (const name of NOT_FORWARDED) headers.delete(name);
  // `fetch` has decoded the body, but kept the headers.
  if (result.url !== "") { for (const name of OF_ENCODING) headers.delete(name); }
  const init = { status, statusText, headers };
  const body = ownBodies.get(result) ?? result.body;
  if (body === null || body instanceof Uint8Array || body instanceof Blob) {
    return new Response(body, init);
  }
  return streamResponse(body, "ndjson", init, false, sending, Response);
}

function streamResponse(
  content: unknown,
  format: ItemFormat,
  init: ResponseInit,
  isEvents: boolean,
  sending: Sending,
  Response: ResponseClass,
): Response {
  const { request, urn, client, limits } = sending;
  const source = formOf(content) === "response" ? (content as Response).body : content;
  if ((source as ReadableStream<unknown>).locked) {
    const problem = "its result cannot be sent: the stream is being read, or was read already";
    throw fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, {
      help: "Return a stream that nobody else reads, such as a clone of the response",
    });
  }
  if (request.method === "HEAD") {
    stopProducer(iteratorOf(content));
    return new Response(null, init);
  }
  const stream = openStream(partsOf(content, urn, format), {
    onStart: () => (request as NodeRequest).runtime?.node?.res?.flushHeaders?.(),
    onAbort: (reason) => client.abort(reason),
    onFailure: sending.onFailure,
    onEnd() {
      leave();
      forget();
      sending.onEnd();
    },
  }, isEvents ? SSE_HEARTBEAT : undefined);
  const leave = limits.addStream(stream);
  const forget = client.onGone(stream.abandon);
  const response = new Response(stream.body, init);
  markStreaming(response);
  return response;
}

/** Stops the producer of a result that is not sent. */
export function discard(result: unknown): void {
  if (!isLive(result)) return;
  const source = formOf(result) === "response" ? (result as Response).body : result;
  // Its reader stops it.
  if (source === null || (source as ReadableStream<unknown>).locked) return;
  stopProducer(iteratorOf(result));
}

function acceptsEvents({ headers }: Request): boolean {
  return /\btext\/event-stream\b/i.test(headers.get("accept") ?? "");
}

function setDefault(headers: Headers, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}
