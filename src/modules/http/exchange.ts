/** One request and its answer, as events, logs and metrics tell of it. */
import { formatTraceparent, parseTraceparent } from "../../contract/trace.ts";

/** What is known of a request while it is answered. */
export interface Exchange {
  /** Its own span, of the trace that the caller began or a new one. */
  readonly traceparent: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly sampled: boolean;
  /** The whole path of the route that answers, as the manifests write it. */
  route?: string;
}

/** Payload of `Http.Server.Requested`. */
export interface RequestedPayload extends Omit<Exchange, "traceparent" | "sampled"> {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** False where the caller records no trace. */
  readonly sampled?: false;
}

/** Payload of `Http.Server.Answered`. */
export interface AnsweredPayload extends RequestedPayload {
  readonly status: number;
  /** Milliseconds until there was an answer; sending it is not in it. */
  readonly duration: number;
}

/** Takes a request in, under the trace it came with. */
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

/** What to tell of a request. */
export function describeExchange<Facts extends object>(
  { traceparent: _, sampled, ...exchange }: Exchange,
  facts: Facts,
): Facts & Omit<RequestedPayload, "method" | "path"> {
  return { ...facts, ...exchange, ...(sampled ? {} : { sampled }) };
}

function randomHex(digits: number): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, digits);
}
