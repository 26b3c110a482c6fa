/**
 * The event bus: exact names, `Prefix.*` and `*`, and events of one resource.
 * Rules: specification §8, decisions D-3, D-4 and D-36.
 */
import { fail } from "../../contract/errors.ts";
import type {
  EventListener,
  EventRecord,
  EventSubject,
  KernelEvents,
} from "../../contract/events.ts";
import { formatUrn } from "../../contract/urn.ts";
import { unknownRuntimeEvent } from "./event_names.ts";

/** Told when a listener throws or rejects; `owner` is who subscribed. */
export type ListenerFailure = (owner: string, event: string, error: unknown) => void;

interface Subscription {
  readonly owner: string;
  readonly listener: EventListener;
  readonly once: boolean;
}

/** Hands every event to whoever listens, in the order they subscribed. */
export interface Bus {
  on(key: string, listener: EventListener, owner: string, once?: boolean): void;
  off(key: string, listener: EventListener): void;
  /** What is listened to, and by whom; without patterns. */
  subscriptions(): Iterable<readonly [key: string, owner: string]>;
  /** Emits an event of the kernel. Settles when every listener has. */
  emitKernel<Name extends keyof KernelEvents>(
    event: Name,
    payload: KernelEvents[Name],
    subject?: EventSubject,
  ): Promise<void>;
  /** Emits any event. Settles when every listener has; never rejects. */
  emit(event: string, payload: unknown, subject?: EventSubject): Promise<void>;
  /** Has every record written before any listener gets it; `undefined` ends that. */
  record(writer: EventWriter | undefined): void;
  /** From now on nothing reaches anyone. */
  close(): void;
  /** True when nothing that is emitted reaches anyone. */
  isQuiet(): boolean;
  /** True when an event would reach someone. */
  isHeard(event: string, subject: EventSubject): boolean;
  /** Changes whenever the answer of {@link isHeard} may. */
  revision(): number;
}

/** Takes every record; must not throw. */
export type EventWriter = (record: EventRecord) => void;

const SETTLED = Promise.resolve();

/** The key under which listeners of one resource's event subscribe. */
export function resourceEventKey(kind: string, name: string, event: string): string {
  return `${formatUrn(kind, name)}#${event}`;
}

/** Makes an empty bus. */
export function createBus(onFailure: ListenerFailure): Bus {
  const subscriptions = new Map<string, Subscription[]>();
  /** Prefixes with the dot, `Http.`; the empty one is `*`. */
  const prefixes = new Map<string, Subscription[]>();
  let writer: EventWriter | undefined;
  let revision = 0;
  let closed = false;

  function listOf(key: string): [Map<string, Subscription[]>, string] {
    if (key === "*") return [prefixes, ""];
    if (key.endsWith(".*")) return [prefixes, key.slice(0, -1)];
    return [subscriptions, key];
  }

  /** Takes the first away that matches; false when there is none. */
  function remove(key: string, matches: (subscription: Subscription) => boolean): boolean {
    const [map, inner] = listOf(key);
    const list = map.get(inner);
    const at = list?.findIndex(matches) ?? -1;
    if (list === undefined || at < 0) return false;
    revision++;
    // Lists are replaced, never changed, so that an emit under way sees the one it began with.
    if (list.length === 1) map.delete(inner);
    else map.set(inner, list.toSpliced(at, 1));
    return true;
  }

  function find(event: string, subject: EventSubject | undefined): [string, Subscription][] {
    const found: [string, Subscription][] = [];
    const add = (key: string, list: readonly Subscription[] | undefined) => {
      for (const subscription of list ?? []) found.push([key, subscription]);
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
    return found;
  }

  function isQuiet(): boolean {
    return closed ||
      (subscriptions.size === 0 && prefixes.size === 0 && writer === undefined);
  }

  function emit(event: string, payload: unknown, subject?: EventSubject): Promise<void> {
    if (isQuiet()) return SETTLED;
    const found = find(event, subject);
    if (found.length === 0 && writer === undefined) return SETTLED;
    // Frozen: all listeners get the same one.
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
    for (const [key, subscription] of found) {
      // A listener before this one may have emitted the same event.
      if (subscription.once && !remove(key, (other) => other === subscription)) continue;
      try {
        const result = subscription.listener(payload, record);
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
      const unknown = unknownRuntimeEvent(key);
      if (unknown !== undefined) {
        throw fail("ERR_USAGE", { problem: unknown.problem }, { help: unknown.help });
      }
      if (typeof listener !== "function") {
        throw fail("ERR_USAGE", {
          problem: `A listener for ${key} must be a function, not ${typeof listener}`,
        });
      }
      revision++;
      const [map, inner] = listOf(key);
      map.set(inner, [...(map.get(inner) ?? []), { owner, listener, once }]);
    },
    off(key, listener) {
      checkPattern(key);
      remove(key, (subscription) => subscription.listener === listener);
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
    isHeard: (event, subject) =>
      !isQuiet() && (writer !== undefined || find(event, subject).length > 0),
    revision: () => revision,
  };
}

/** Throws for a pattern that no event ever matches. */
function checkPattern(key: string): void {
  if (typeof key !== "string" || key === "") {
    throw fail("ERR_USAGE", { problem: "What is listened to must be the name of an event" });
  }
  if (key === "*" || !key.replace(/(?<=.)\.\*$/, "").includes("*")) return;
  throw fail("ERR_USAGE", { problem: `No event matches "${key}"` }, {
    help: 'Write the whole name, "Prefix.*" for all that start with "Prefix.", or "*" for all',
  });
}
