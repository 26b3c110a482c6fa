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

/** Payload of `Http.Server.Answered`: nothing that the client chose freely but the path. */
export interface AnsweredPayload extends Omit<Exchange, "traceparent" | "sampled"> {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds until there was an answer; sending it is not in it. */
  readonly duration: number;
  /** False where the caller records no trace. */
  readonly sampled?: false;
}

/** Takes a request in, under the trace it came with. */
export function openExchange(request: Request): Exchange {
  const caller = parseTraceparent(request.headers.get("traceparent") ?? "");
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

/** What to tell of a request that was answered. */
export function describeExchange(
  { traceparent: _, sampled, ...exchange }: Exchange,
  method: string,
  path: string,
  status: number,
  began: number,
): AnsweredPayload {
  const duration = Math.round((performance.now() - began) * 1000) / 1000;
  return { method, path, status, duration, ...exchange, ...(sampled ? {} : { sampled }) };
}

function randomHex(digits: number): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, digits);
}
