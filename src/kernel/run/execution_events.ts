/**
 * Emits executions as events: `<Kind>.Executing`, then `.Executed` or `.Failed`. Listeners are
 * looked up once per resource, so that executions without listeners cost almost nothing.
 */
import type { DiglyError } from "../../contract/errors.ts";
import type { ExecutionPayload } from "../../contract/events.ts";
import { parseUrn } from "../../contract/urn.ts";
import type { Bus } from "./bus.ts";
import type { ExecutionContext } from "./execution_context.ts";

/** Called at the end of an execution, with the error if it failed. */
export type ExecutionEnd = (error?: DiglyError) => void;

/** Called at the start of an execution; returns nothing if there is no listener. */
export type ExecutionObserver = (ctx: ExecutionContext) => ExecutionEnd | undefined;

interface Subscribers {
  /** The bus's revision at the time of the lookup. */
  readonly revision: number;
  readonly hasListeners: boolean;
  /** The names of the events, made once per resource. */
  readonly events: {
    readonly executing: string;
    readonly executed: string;
    readonly failed: string;
  };
  readonly subject: { readonly kind: string; readonly name: string };
}

/** Creates an observer that emits on `bus`. */
export function executionEvents(bus: Bus): ExecutionObserver {
  const resources = new Map<string, Subscribers>();

  function subscribersOf(urn: string): Subscribers {
    const cached = resources.get(urn);
    if (cached?.revision === bus.revision()) return cached;
    // Only resources are executed, whose URNs can be parsed.
    const { kind, name } = parseUrn(urn)!;
    const subject = { kind, name };
    const events = {
      executing: `${kind}.Executing`,
      executed: `${kind}.Executed`,
      failed: `${kind}.Failed`,
    };
    const hasListeners = Object.values(events)
      .some((event) => bus.hasListeners(event, subject));
    const subscribers = { revision: bus.revision(), hasListeners, events, subject };
    resources.set(urn, subscribers);
    return subscribers;
  }

  return (ctx) => {
    if (bus.isQuiet()) return undefined;
    const { hasListeners, events, subject: { kind, name } } = subscribersOf(ctx.urn);
    if (!hasListeners) return undefined;
    const { traceId } = ctx;
    const about = { kind, name, traceId };
    void bus.emitExecution(events.executing, payloadOf(ctx), about, ctx);
    const started = performance.now();
    return (error) => {
      const payload = payloadOf(ctx);
      payload.duration = Math.round((performance.now() - started) * 1000) / 1000;
      if (error === undefined) {
        void bus.emitExecution(events.executed, payload, about, ctx);
        return;
      }
      const { code, message } = error;
      payload.error = { code, message };
      void bus.emitExecution(events.failed, payload, about, ctx);
    };
  };
}

/** What every event of an execution says. */
function payloadOf(
  { depth, traceId, spanId, parentSpanId, sampled }: ExecutionContext,
): { -readonly [Key in keyof ExecutionPayload]: ExecutionPayload[Key] } {
  const payload: ReturnType<typeof payloadOf> = { depth, traceId, spanId };
  if (parentSpanId !== undefined) payload.parentSpanId = parentSpanId;
  if (!sampled) payload.sampled = sampled;
  return payload;
}
