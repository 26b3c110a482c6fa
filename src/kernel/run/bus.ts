/** The event bus: listeners for exact names, `Prefix.*`, `*`, and events of one resource. */
import { fail } from "../../contract/errors.ts";
import type {
  EventListener,
  EventRecord,
  EventSubject,
  ExecutionPayload,
  KernelEvents,
} from "../../contract/events.ts";
import type { Context } from "../../contract/execution.ts";
import { formatUrn } from "../../contract/urn.ts";
import type { EventTap } from "../probe.ts";
import { findRuntimeEventProblem } from "./event_names.ts";
import { currentTimestamp } from "./timestamp.ts";

/** Called when a listener throws or rejects; `owner` subscribed it. */
export type ListenerFailure = (owner: string, event: string, error: unknown) => void;

interface Subscription {
  readonly owner: string;
  readonly listener: EventListener;
  readonly once: boolean;
}

/** Delivers every event to its listeners, in the order of their subscription. */
export interface Bus {
  /** Subscribes; the returned function ends the subscription. */
  on(key: string, listener: EventListener, owner: string, once?: boolean): () => void;
  off(key: string, listener: EventListener): void;
  /** The subscriptions of a resource, to keep them or to end them later. */
  ofOwner(owner: string): ReadonlySet<object>;
  /** Ends the subscriptions of a resource, except some. */
  removeOwner(owner: string, except?: ReadonlySet<object>): void;
  /** Ends some subscriptions of a resource. */
  remove(owner: string, some: ReadonlySet<object>): void;
  /** The subscriptions to exact names, with their owners. */
  subscriptions(): Iterable<readonly [key: string, owner: string]>;
  /** Emits an event of the kernel. Settles when every listener has. */
  emitKernel<Name extends keyof KernelEvents>(
    event: Name,
    payload: KernelEvents[Name],
    subject?: EventSubject,
  ): Promise<void>;
  /** Emits an event of the kernel to the listeners of some owners, to whom it is new. */
  emitTo<Name extends keyof KernelEvents>(
    owners: ReadonlySet<string>,
    event: Name,
    payload: KernelEvents[Name],
  ): void;
  /**
   * Emits any event, on behalf of `emitter` if it comes from an execution. Settles when every
   * listener has; never rejects.
   */
  emit(
    event: string,
    payload: unknown,
    subject?: EventSubject,
    emitter?: Context,
  ): Promise<void>;
  /** The same for an event of an execution. */
  emitExecution(
    event: string,
    payload: ExecutionPayload,
    subject: ExecutionSubject,
    emitter: Context,
  ): Promise<void>;
  /** Writes every record before it is delivered; `undefined` stops that. */
  record(writer: EventWriter | undefined): void;
  /** Delivers no further events. */
  close(): void;
  /** True if no event has a listener, so that {@link hasListeners} is true of none. */
  isQuiet(): boolean;
  /** True if an event has a listener. */
  hasListeners(event: string, subject: EventSubject): boolean;
  /** Changes whenever the result of {@link hasListeners} may change. */
  revision(): number;
}

/** What is known of a payload: nothing, that the kernel made it of plain data, or that it is an execution's. */
export type PayloadForm = "any" | "plain" | "execution";

/** What the events of an execution are about. */
export interface ExecutionSubject {
  readonly kind: string;
  readonly name: string;
  readonly traceId: string;
}

/** Writes a record; must not throw. */
export type EventWriter = (record: EventRecord, form: PayloadForm) => void;

const SETTLED = Promise.resolve();

/** The key for subscriptions to one resource's event. */
export function resourceEventKey(kind: string, name: string, event: string): string {
  return `${formatUrn(kind, name)}#${event}`;
}

/** Creates a bus without listeners; `tap` receives what is emitted. */
export function createBus(onFailure: ListenerFailure, tap?: EventTap): Bus {
  const subscriptions = new Map<string, Subscription[]>();
  /** By prefix, including the dot, such as `Http.`; `*` is the empty prefix. */
  const prefixes = new Map<string, Subscription[]>();
  /** The keys of each owner's subscriptions, those that have ended included. */
  const owners = new Map<string, Set<string>>();
  let writer: EventWriter | undefined;
  let revision = 0;
  let closed = false;

  function listOf(key: string): [Map<string, Subscription[]>, string] {
    if (key === "*") return [prefixes, ""];
    if (key.endsWith(".*")) return [prefixes, key.slice(0, -1)];
    return [subscriptions, key];
  }

  /** Removes the first subscription that matches; false if there is none. */
  function remove(key: string, matches: (subscription: Subscription) => boolean): boolean {
    const [map, inner] = listOf(key);
    const list = map.get(inner);
    const at = list?.findIndex(matches) ?? -1;
    if (list === undefined || at < 0) return false;
    revision++;
    // Lists are replaced, not changed, so that a running `emit` keeps its own.
    if (list.length === 1) map.delete(inner);
    else map.set(inner, list.toSpliced(at, 1));
    return true;
  }

  function find(event: string, subject: EventSubject | undefined): [string, Subscription][] {
    const matches: [string, Subscription][] = [];
    const add = (key: string, list: readonly Subscription[] | undefined) => {
      for (const subscription of list ?? []) matches.push([key, subscription]);
    };
    add(event, subscriptions.get(event));
    if (subject?.kind !== undefined && subject.name !== undefined) {
      const key = resourceEventKey(
        subject.kind,
        subject.name,
        event.slice(subject.kind.length + 1),
      );
      add(key, subscriptions.get(key));
    }
    for (const [prefix, list] of prefixes) {
      if (event.startsWith(prefix)) add(prefix + "*", list);
    }
    return matches;
  }

  function hasNoListener(): boolean {
    return subscriptions.size === 0 && prefixes.size === 0;
  }

  // A tap takes what is emitted anyway, and makes a difference to emitters only while it listens.
  function isQuiet(): boolean {
    return closed || (writer === undefined && hasNoListener() && tap?.isListening() !== true);
  }

  function emit(
    event: string,
    payload: unknown,
    form: PayloadForm,
    subject?: EventSubject,
    emitter?: Context,
  ): Promise<void> {
    if (closed || (tap === undefined && isQuiet())) return SETTLED;
    const matches = hasNoListener() ? [] : find(event, subject);
    if (matches.length === 0 && writer === undefined && tap === undefined) return SETTLED;
    const record = form === "execution"
      ? executionRecord(event, payload, subject as ExecutionSubject)
      : createRecord(event, payload, subject);
    writer?.(record, form);
    tap?.write(record);
    if (matches.length === 0) return SETTLED;
    // Frozen, because all listeners share it.
    return deliver(matches, Object.freeze(record), emitter);
  }

  function deliver(
    matches: readonly (readonly [string, Subscription])[],
    record: EventRecord,
    emitter?: Context,
  ): Promise<void> {
    const { event, payload } = record;
    const pending: Promise<void>[] = [];
    for (const [key, subscription] of matches) {
      // An earlier listener may have emitted the same event again.
      if (subscription.once && !remove(key, (other) => other === subscription)) continue;
      try {
        const result = subscription.listener(payload, record, emitter);
        if (result !== undefined) {
          pending.push(
            Promise.resolve(result).catch((error) => onFailure(subscription.owner, event, error)),
          );
        }
      } catch (error) {
        onFailure(subscription.owner, event, error);
      }
    }
    return pending.length === 0 ? SETTLED : Promise.all(pending).then(() => undefined);
  }

  return {
    on(key, listener, owner, once = false) {
      checkPattern(key);
      const problem = findRuntimeEventProblem(key);
      if (problem !== undefined) {
        throw fail("ERR_USAGE", { problem: problem.problem }, { help: problem.help });
      }
      if (typeof listener !== "function") {
        throw fail("ERR_USAGE", {
          problem: `A listener for ${key} must be a function, not ${typeof listener}`,
        });
      }
      revision++;
      const [map, inner] = listOf(key);
      const subscription: Subscription = { owner, listener, once };
      map.set(inner, [...(map.get(inner) ?? []), subscription]);
      const owned = owners.get(owner) ?? new Set();
      owners.set(owner, owned.add(key));
      return () => void remove(key, (other) => other === subscription);
    },
    off(key, listener) {
      checkPattern(key);
      remove(key, (subscription) => subscription.listener === listener);
    },
    ofOwner(owner) {
      const keys = owners.get(owner) ?? [];
      return new Set([...keys].flatMap((key) => {
        const [map, inner] = listOf(key);
        return (map.get(inner) ?? []).filter((one) => one.owner === owner);
      }));
    },
    removeOwner(owner, except) {
      const keys = owners.get(owner);
      if (keys === undefined) return;
      for (const key of keys) {
        while (remove(key, (one) => one.owner === owner && except?.has(one) !== true));
      }
      if (except === undefined) owners.delete(owner);
    },
    remove(owner, some) {
      for (const key of owners.get(owner) ?? []) while (remove(key, (one) => some.has(one)));
    },
    *subscriptions() {
      for (const [key, list] of subscriptions) {
        for (const { owner } of list) yield [key, owner];
      }
    },
    emitKernel: (event, payload, subject) => emit(event, payload, "plain", subject),
    emitTo(owners, event, payload) {
      const matches = find(event, undefined).filter(([, { owner }]) => owners.has(owner));
      void deliver(matches, Object.freeze(createRecord(event, payload)), undefined);
    },
    emit: (event, payload, subject, emitter) => emit(event, payload, "any", subject, emitter),
    emitExecution: (event, payload, subject, emitter) =>
      emit(event, payload, "execution", subject, emitter),
    record(next) {
      revision++;
      writer = next;
    },
    close() {
      revision++;
      closed = true;
    },
    isQuiet,
    hasListeners: (event, subject) =>
      !isQuiet() &&
      (writer !== undefined || tap?.wants(event) === true ||
        (!hasNoListener() && find(event, subject).length > 0)),
    revision: () => tap === undefined ? revision : revision + tap.revision(),
  };
}

function executionRecord(
  event: string,
  payload: unknown,
  { kind, name, traceId }: ExecutionSubject,
): EventRecord {
  const resource = formatUrn(kind, name);
  return { timestamp: currentTimestamp(), event, payload, kind, name, traceId, resource };
}

function createRecord(event: string, payload: unknown, subject?: EventSubject): EventRecord {
  const record: { -readonly [Key in keyof EventRecord]: EventRecord[Key] } = {
    timestamp: currentTimestamp(),
    event,
  };
  if (payload !== undefined) record.payload = payload;
  if (subject === undefined) return record;
  Object.assign(record, subject);
  const { kind, name } = subject;
  if (kind !== undefined && name !== undefined) record.resource = formatUrn(kind, name);
  return record;
}

/** Throws for a pattern that can never match. */
function checkPattern(key: string): void {
  if (typeof key !== "string" || key === "") {
    throw fail("ERR_USAGE", { problem: "An event name must be a non-empty string" });
  }
  if (key === "*" || !key.replace(/(?<=.)\.\*$/, "").includes("*")) return;
  throw fail("ERR_USAGE", { problem: `No event matches "${key}"` }, {
    help:
      'Write the full name, "Prefix.*" for every event that starts with "Prefix.", or "*" for all',
  });
}
