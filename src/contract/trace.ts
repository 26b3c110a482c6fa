/** W3C Trace Context: the header `traceparent`, which ties spans of several programs together. */

/**
 * The content of a `traceparent`.
 *
 * @example
 * const caller: TraceParent = {
 *   traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
 *   spanId: "00f067aa0ba902b7",
 *   sampled: true,
 * };
 */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span of the caller, 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** True for a valid trace id. */
export function isTraceId(text: string): boolean {
  return /^(?!0{32})[0-9a-f]{32}$/.test(text);
}

/**
 * Reads a `traceparent`; `undefined` for one that is invalid.
 *
 * @example
 * const caller = parseTraceparent(request.headers.get("traceparent") ?? "");
 * if (caller?.sampled) ctx.log.info("Recorded by the caller", { traceId: caller.traceId });
 */
export function parseTraceparent(header: string): TraceParent | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 };
}

/**
 * Writes a `traceparent`.
 *
 * @example
 * formatTraceparent({ traceId: execution.traceId, spanId: execution.spanId, sampled: true });
 */
export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
