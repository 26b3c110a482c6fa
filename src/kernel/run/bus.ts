/** The event bus: listeners for exact names, `Prefix.*`, `*`, and events of one resource. */
import { fail } from "../../contract/errors.ts";
import type {
  EventListener,
  EventRecord,
  EventSubject,
  KernelEvents,
} from "../../contract/events.ts";
import type { Context } from "../../contract/execution.ts";
import { formatUrn } from "../../contract/urn.ts";
import { findRuntimeEventProblem } from "./event_names.ts";

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
  /** Ends the subscriptions of a resource. */
  removeOwner(owner: string): void;
  /** The subscriptions to exact names, with their owners. */
  subscriptions(): Iterable<readonly [key: string, owner: string]>;
  /** Emits an event of the kernel. Settles when every listener has. */
  emitKernel<Name extends keyof KernelEvents>(
    event: Name,
    payload: KernelEvents[Name],
    subject?: EventSubject,
  ): Promise<void>;
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
  /** Writes every record before it is delivered; `undefined` stops that. */
  record(writer: EventWriter | undefined): void;
  /** Delivers no further events. */
  close(): void;
  /** True if no event has a listener. */
  isQuiet(): boolean;
  /** True if an event has a listener. */
  hasListeners(event: string, subject: EventSubject): boolean;
  /** Changes whenever the result of {@link hasListeners} may change. */
  revision(): number;
}

/** Writes a record; must not throw. */
export type EventWriter = (record: EventRecord) => void;

const SETTLED = Promise.resolve();

/** The key for subscriptions to one resource's event. */
export function resourceEventKey(kind: string, name: string, event: string): string {
  return `${formatUrn(kind, name)}#${event}`;
}

/** Creates a bus without listeners. */
export function createBus(onFailure: ListenerFailure): Bus {
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

  function isQuiet(): boolean {
    return closed ||
      (subscriptions.size === 0 && prefixes.size === 0 && writer === undefined);
  }

  function emit(
    event: string,
    payload: unknown,
    subject?: EventSubject,
    emitter?: Context,
  ): Promise<void> {
    if (isQuiet()) return SETTLED;
    const matches = find(event, subject);
    if (matches.length === 0 && writer === undefined) return SETTLED;
    // Frozen, because all listeners share it.
    const record: EventRecord = Object.freeze({
      timestamp: new Date().toISOString(),
      event,
      ...(payload === undefined ? {} : { payload }),
      ...subject,
      ...(subject?.kind !== undefined && subject.name !== undefined
        ? { resource: formatUrn(subject.kind, subject.name) }
        : {}),
    });
    writer?.(record);
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
    removeOwner(owner) {
      for (const key of owners.get(owner) ?? []) {
        while (remove(key, (subscription) => subscription.owner === owner));
      }
      owners.delete(owner);
    },
    *subscriptions() {
      for (const [key, list] of subscriptions) {
        for (const { owner } of list) yield [key, owner];
      }
    },
    emitKernel: (event, payload, subject) => emit(event, payload, subject),
    emit,
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
      !isQuiet() && (writer !== undefined || find(event, subject).length > 0),
    revision: () => revision,
  };
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
