/** A request and its response, as events, logs and metrics describe them. */
import { formatTraceparent, parseTraceparent } from "../../contract/author.ts";

/** The state of a request while it is being answered. */
export interface Exchange {
  /** The span of the request, in the trace of the caller or a new one. */
  readonly traceparent: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly sampled: boolean;
  /** The complete path of the route, as in the manifests. */
  route?: string;
}

/** Payload of `Http.Server.Requested`. */
export interface RequestedPayload extends Omit<Exchange, "traceparent" | "sampled"> {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** False if the caller does not record its trace. */
  readonly sampled?: false;
}

/** Payload of `Http.Server.Answered`. */
export interface AnsweredPayload extends RequestedPayload {
  readonly status: number;
  /** Milliseconds until the response was ready, without the time for sending it. */
  readonly duration: number;
}

/** Starts an exchange in the trace of the request. */
export function openExchange(headers: Headers): Exchange {
  const caller = parseTraceparent(headers.get("traceparent") ?? "");
  const own = {
    traceId: caller?.traceId ?? randomHex(32),
    spanId: randomHex(16),
    sampled: caller?.sampled ?? true,
  };
  return {
    ...own,
    traceparent: formatTraceparent(own),
    ...(caller === undefined ? {} : { parentSpanId: caller.spanId }),
  };
}

/** The payload of an event about a request. */
export function describeExchange<Facts extends object>(
  { traceparent: _, sampled, ...exchange }: Exchange,
  facts: Facts,
): Facts & Omit<RequestedPayload, "method" | "path"> {
  return { ...facts, ...exchange, ...(sampled ? {} : { sampled }) };
}

function randomHex(digits: number): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, digits);
}
