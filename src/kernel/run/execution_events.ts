/**
 * Executions as events: `<Kind>.Executing`, then `.Executed` or `.Failed`. Who listens is
 * looked up once per resource, so that what nobody hears costs next to nothing.
 */
import type { DiglyError } from "../../contract/errors.ts";
import type { EventSubject, ExecutionPayload } from "../../contract/events.ts";
import { parseUrn } from "../../contract/urn.ts";
import type { Bus } from "./bus.ts";
import type { ExecutionContext } from "./execution_context.ts";

/** Called when an execution has ended, with the error it failed with. */
export type ExecutionEnd = (error?: DiglyError) => void;

/** Called when an execution begins; gives nothing when nobody listens. */
export type ExecutionObserver = (ctx: ExecutionContext) => ExecutionEnd | undefined;

interface Watched {
  /** The bus's revision this was looked up at. */
  revision: number;
  heard: boolean;
  readonly kind: string;
  readonly subject: EventSubject;
}

/** An observer that emits on `bus`. */
export function executionEvents(bus: Bus): ExecutionObserver {
  const resources = new Map<string, Watched>();

  function watched(urn: string): Watched {
    const known = resources.get(urn);
    if (known?.revision === bus.revision()) return known;
    const { kind, name } = parseUrn(urn)!;
    const subject = { kind, name };
    const heard = ["Executing", "Executed", "Failed"]
      .some((event) => bus.isHeard(`${kind}.${event}`, subject));
    const found = { revision: bus.revision(), heard, kind, subject };
    resources.set(urn, found);
    return found;
  }

  return (ctx) => {
    if (bus.isQuiet()) return undefined;
    const { heard, kind, subject } = watched(ctx.urn);
    if (!heard) return undefined;
    const { depth, traceId, spanId, parentSpanId, sampled } = ctx;
    const payload: ExecutionPayload = {
      depth,
      traceId,
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...(sampled ? {} : { sampled }),
    };
    void bus.emit(`${kind}.Executing`, payload, subject);
    const began = performance.now();
    return (error) => {
      const duration = Math.round((performance.now() - began) * 1000) / 1000;
      if (error === undefined) {
        void bus.emit(`${kind}.Executed`, { ...payload, duration }, subject);
        return;
      }
      const { code, message } = error;
      void bus.emit(`${kind}.Failed`, { ...payload, duration, error: { code, message } }, subject);
    };
  };
}
