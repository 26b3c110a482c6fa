/**
 * Emits executions as events: `<Kind>.Executing`, then `.Executed` or `.Failed`. Listeners are
 * looked up once per resource, so that executions without listeners cost almost nothing.
 */
import type { DiglyError } from "../../contract/errors.ts";
import type { EventSubject, ExecutionPayload } from "../../contract/events.ts";
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
  readonly kind: string;
  readonly subject: EventSubject;
}

/** Creates an observer that emits on `bus`. */
export function executionEvents(bus: Bus): ExecutionObserver {
  const resources = new Map<string, Subscribers>();

  function subscribersOf(urn: string): Subscribers {
    const cached = resources.get(urn);
    if (cached?.revision === bus.revision()) return cached;
    const { kind, name } = parseUrn(urn)!;
    const subject = { kind, name };
    const hasListeners = ["Executing", "Executed", "Failed"]
      .some((event) => bus.hasListeners(`${kind}.${event}`, subject));
    const subscribers = { revision: bus.revision(), hasListeners, kind, subject };
    resources.set(urn, subscribers);
    return subscribers;
  }

  return (ctx) => {
    if (bus.isQuiet()) return undefined;
    const { hasListeners, kind, subject } = subscribersOf(ctx.urn);
    if (!hasListeners) return undefined;
    const { depth, traceId, spanId, parentSpanId, sampled } = ctx;
    const payload: ExecutionPayload = {
      depth,
      traceId,
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...(sampled ? {} : { sampled }),
    };
    const about = { ...subject, traceId };
    void bus.emit(`${kind}.Executing`, payload, about, ctx);
    const started = performance.now();
    return (error) => {
      const duration = Math.round((performance.now() - started) * 1000) / 1000;
      if (error === undefined) {
        void bus.emit(`${kind}.Executed`, { ...payload, duration }, about, ctx);
        return;
      }
      const { code, message } = error;
      void bus.emit(
        `${kind}.Failed`,
        { ...payload, duration, error: { code, message } },
        about,
        ctx,
      );
    };
  };
}
