/**
 * Event names, their payloads and the record a listener gets.
 */

import type { Context } from "./execution.ts";

/**
 * Payloads of the events the kernel itself emits, by name.
 *
 * @example
 * ctx.on("Runtime.Stopping", ({ reason }: KernelEvents["Runtime.Stopping"]) => ctx.log.info(reason));
 */
export interface KernelEvents {
  "Module.Registered": {
    readonly module: string;
    readonly version: string | undefined;
    readonly kinds: readonly string[];
  };
  "Resource.Registered": { readonly uri: string; readonly generationDepth: number };
  "Runtime.Starting": undefined;
  "Runtime.Started": undefined;
  /** The numbers of resources that a reload has changed, added and removed. */
  "Runtime.Reloaded": {
    readonly changed: number;
    readonly added: number;
    readonly removed: number;
  };
  "Runtime.Blocked": { readonly owner: string; readonly reason: string };
  "Runtime.Unblocked": undefined;
  "Runtime.Stopping": { readonly reason: string };
  "Runtime.Stopped": { readonly exitCode: number };
}

type RuntimeEvent = Extract<keyof KernelEvents, `Runtime.${string}`>;

const RUNTIME: Readonly<Record<RuntimeEvent, true>> = {
  "Runtime.Starting": true,
  "Runtime.Started": true,
  "Runtime.Reloaded": true,
  "Runtime.Blocked": true,
  "Runtime.Unblocked": true,
  "Runtime.Stopping": true,
  "Runtime.Stopped": true,
};

/**
 * The names of the events of the runtime.
 *
 * @example
 * RUNTIME_EVENTS.includes("Runtime.Started"); // true
 */
export const RUNTIME_EVENTS: readonly string[] = Object.keys(RUNTIME);

/**
 * Payload of `<Kind>.Executing`, `<Kind>.Executed` and `<Kind>.Failed`, which every execution
 * emits if there is a listener.
 *
 * @example
 * ctx.on("Sql.Query.Executed", (payload) => {
 *   const { duration } = payload as ExecutionPayload;
 *   ctx.log.info(`It took ${duration} ms`);
 * });
 */
export interface ExecutionPayload {
  /** 0 at the root, one more per nested call. */
  readonly depth: number;
  /** W3C trace id, the same for an execution and everything below it. */
  readonly traceId: string;
  /** W3C span id of this execution. */
  readonly spanId: string;
  /** The span id of the calling execution or request. */
  readonly parentSpanId?: string;
  /** False if the caller does not record the trace. */
  readonly sampled?: false;
  /** Duration in milliseconds, after it has ended. */
  readonly duration?: number;
  /** The error, if it has failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * A name that can be listened to. A name of the runtime's own events must be one of
 * {@link KernelEvents}; the compiler reports `Runtime.Strated`.
 *
 * @example
 * const events: EventName<"Runtime.Started" | "Shop.*">[] = ["Runtime.Started", "Shop.*"];
 */
export type EventName<Name extends string> = Name extends keyof KernelEvents | `${string}.*` ? Name
  : Name extends `Runtime.${infer Rest}` ? Rest extends `${string}.${string}` ? Name : never
  : Name;

/**
 * The payload of an event.
 *
 * @example
 * const payload: PayloadOf<"Runtime.Stopped"> = { exitCode: 0 };
 */
export type PayloadOf<Name extends string> = Name extends keyof KernelEvents ? KernelEvents[Name]
  : unknown;

/** What an event belongs to, and where it comes from. */
export interface EventSubject {
  readonly module?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly traceId?: string;
  readonly source?: string;
  readonly node?: string;
}

/**
 * One event as listeners and the event stream see it.
 *
 * @example
 * ctx.on("*", (_, record: EventRecord) => ctx.log.debug(record.event, { at: record.timestamp }));
 */
export interface EventRecord {
  /** ISO 8601, when `emit` was called. */
  readonly timestamp: string;
  /** `Runtime.Started`, `Http.Server.Initialized`, … */
  readonly event: string;
  readonly payload?: unknown;
  readonly module?: string;
  /** URN of the resource the event is about. */
  readonly resource?: string;
  readonly kind?: string;
  readonly name?: string;
  /** The trace of the execution that emitted the event. */
  readonly traceId?: string;
  /** URN of the resource that emitted the event. */
  readonly source?: string;
  /** The node that emitted the event, if it was another process of the app. */
  readonly node?: string;
}

/**
 * A listener. The kernel does not wait for it; its errors are logged with its owner. `emitter` is the
 * execution that the event comes from, if it comes from one.
 *
 * @example
 * const listener: EventListener = (payload, { event, resource }) => {
 *   ctx.log.info(`${event} of ${resource}`, { payload });
 * };
 * ctx.on("Shop.*", listener);
 */
export type EventListener<Payload = unknown> = (
  payload: Payload,
  record: EventRecord,
  emitter?: Context,
) => void | Promise<void>;

/** Events that the runtime emits about resources of every kind. */
export const EVENTS_OF_EVERY_KIND: readonly string[] = [
  "Initialized",
  "Teardown",
  "Executing",
  "Executed",
  "Failed",
];

const RESERVED_NAMES: ReadonlySet<string> = new Set(["Module.Registered", "Resource.Registered"]);

const RESERVED_RESOURCE_EVENTS: ReadonlySet<string> = new Set(["Initialized", "Teardown"]);

/** True for an event that only the kernel may emit. */
export function isReservedEvent(event: string): boolean {
  return event.startsWith("Runtime.") || RESERVED_NAMES.has(event) ||
    RESERVED_RESOURCE_EVENTS.has(event.slice(event.lastIndexOf(".") + 1));
}
