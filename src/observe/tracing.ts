/** Spans of OpenTelemetry, made from the events of executions and requests. */
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { EventListener, ExecutionPayload } from "../contract/events.ts";
import type { TraceOptions } from "./trace_options.ts";

/** Makes spans of what it hears. */
export interface Tracing {
  readonly listener: EventListener;
  /** Sends what is left; resolves when that is done, or after `ms` milliseconds. */
  close(ms: number): Promise<void>;
}

/** What tracing needs of the kernel. */
export interface TracingParts {
  /** Of the app: the service, where no variable names one. */
  readonly service: { readonly name: string; readonly version: string | undefined };
  /** The version of Digly. */
  readonly version: string;
  readonly redact: <T>(value: T) => T;
  readonly warn: (message: string) => void;
}

/** What both kinds of events tell of their span. */
type SpanPayload = Pick<ExecutionPayload, "traceId" | "spanId" | "parentSpanId" | "sampled">;

/** What the events of requests tell beside; see the module `Http`. */
interface RequestPayload extends SpanPayload {
  readonly method: string;
  readonly path: string;
  readonly route?: string;
  readonly status?: number;
}

const ENDS = new Set(["Executed", "Failed", "Answered"]);

/** Starts sending traces. */
export function startTracing(
  { url, headers, timeoutMs, attributes }: TraceOptions,
  { service, version, redact, warn }: TracingParts,
): Tracing {
  let ids: SpanPayload;
  const exporter = new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    // An idle connection would outlive the app.
    keepAlive: false,
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({
      "service.name": service.name,
      ...(service.version === undefined ? {} : { "service.version": service.version }),
      ...attributes,
    })),
    spanProcessors: [new BatchSpanProcessor(warning(exporter, url, warn))],
    // Contexts have their ids already: they are in logs and in what was sent to others.
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
  });
  const tracer = provider.getTracer("digly", version);
  const open = new Map<string, Span>();

  function begin(name: string, kind: SpanKind, payload: SpanPayload): Span {
    ids = payload;
    const span = tracer.startSpan(name, { kind }, contextOf(payload, open));
    open.set(payload.spanId, span);
    return span;
  }

  function finish(event: string, payload: SpanPayload): void {
    const span = open.get(payload.spanId);
    if (span === undefined) return;
    open.delete(payload.spanId);
    if (event === "Answered") describeAnswer(span, payload as RequestPayload);
    else if (event === "Failed") describeFailure(span, payload as ExecutionPayload);
    span.end();
  }

  function describeAnswer(span: Span, { method, route, status = 0 }: RequestPayload): void {
    if (route !== undefined) {
      span.updateName(`${method} ${redact(route)}`);
      span.setAttribute("http.route", redact(route));
    }
    span.setAttribute("http.response.status_code", status);
    if (status < 500) return;
    span.setAttribute("error.type", String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }

  function describeFailure(span: Span, { error }: ExecutionPayload): void {
    span.setAttribute("error.type", error?.code ?? "_OTHER");
    span.setStatus({ code: SpanStatusCode.ERROR, message: redact(error?.message ?? "") });
  }

  return {
    listener(payload, { event, kind, name, resource }) {
      if (kind === undefined || name === undefined || resource === undefined) return;
      const word = event.slice(kind.length + 1);
      if (ENDS.has(word) && isSpan(payload)) return finish(word, payload);
      if (word === "Executing" && isSpan(payload)) {
        begin(resource, SpanKind.INTERNAL, payload).setAttributes({ "digly.kind": kind });
      } else if (event === "Http.Server.Requested" && isSpan(payload)) {
        const { method, path } = payload as RequestPayload;
        begin(method, SpanKind.SERVER, payload).setAttributes({
          "http.request.method": method,
          "url.path": redact(path),
          "digly.resource": resource,
        });
      }
    },
    async close(ms) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), ms));
      const sent = provider.shutdown().catch(() => {});
      if (await Promise.race([sent, late]) === "late") {
        warn(`The last traces could not be sent to ${hostOf(url)} in time`);
      }
      clearTimeout(timer);
    },
  };
}

/** The span that `payload` is part of: one of ours, one of another program, or none. */
function contextOf(
  { traceId, parentSpanId, sampled }: SpanPayload,
  open: ReadonlyMap<string, Span>,
): Context {
  if (parentSpanId === undefined) return ROOT_CONTEXT;
  const parent = open.get(parentSpanId);
  if (parent !== undefined) return trace.setSpan(ROOT_CONTEXT, parent);
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: parentSpanId,
    traceFlags: sampled === false ? TraceFlags.NONE : TraceFlags.SAMPLED,
    isRemote: true,
  });
}

/** Modules may emit events of the same names. */
function isSpan(payload: unknown): payload is SpanPayload {
  return typeof payload === "object" && payload !== null && "traceId" in payload &&
    "spanId" in payload && typeof payload.spanId === "string";
}

/** An exporter that says when it cannot send, once until it can again. */
function warning(
  exporter: OTLPTraceExporter,
  url: string,
  warn: (message: string) => void,
): SpanExporter {
  let isReported = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0 && !isReported) {
          const why = result.error === undefined ? "" : `: ${result.error.message}`;
          warn(`Traces cannot be sent to ${hostOf(url)}${why}`);
        }
        isReported = result.code !== 0;
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Without a password or a token that the address may hold. */
function hostOf(url: string): string {
  return new URL(url).host;
}
