/** Names of events that are listened to, and that nothing will ever emit. */
import type { KernelEvents } from "../../contract/events.ts";
import { didYouMean } from "../../contract/nearest.ts";

/** Why nothing reaches a listener, and what to do about it. */
export interface DeafListener {
  readonly problem: string;
  readonly help: string | undefined;
}

/** What is known of the kinds of an app. */
export interface EventSources {
  /** The events that the definition of a kind lists; `undefined` for a kind that nobody defines. */
  eventsOf(kind: string): readonly string[] | undefined;
  kinds(): Iterable<string>;
}

type RuntimeEvent = Extract<keyof KernelEvents, `Runtime.${string}`>;

const RUNTIME_EVENTS: Readonly<Record<RuntimeEvent, true>> = {
  "Runtime.Starting": true,
  "Runtime.Started": true,
  "Runtime.Blocked": true,
  "Runtime.Unblocked": true,
  "Runtime.Stopping": true,
  "Runtime.Stopped": true,
};

/** Events that resources of every kind have. */
const COMMON = ["Initialized", "Teardown", "Executing", "Executed", "Failed"];

/** What is wrong with the name of an event of the runtime, whatever the app. */
export function unknownRuntimeEvent(key: string): DeafListener | undefined {
  // Events of the runtime's own kinds have more parts: Runtime.KindDefinition.Initialized.
  if (!/^Runtime\.[^.#*]+$/.test(key) || Object.hasOwn(RUNTIME_EVENTS, key)) return undefined;
  const known = Object.keys(RUNTIME_EVENTS);
  return {
    problem: `The runtime has no event "${key}"`,
    help: didYouMean(key, known) ?? `It emits ${known.join(", ")}`,
  };
}

/** What is wrong with listening to `key`, as the bus writes it, in an app with these kinds. */
export function deafListener(key: string, sources: EventSources): DeafListener | undefined {
  if (key.includes("*")) return undefined;
  const hash = key.indexOf("#");
  const place = hash < 0 ? key : key.slice(0, hash);
  const dot = place.lastIndexOf(".");
  if (dot < 0) return undefined;
  const kind = place.slice(0, dot);
  const event = hash < 0 ? place.slice(dot + 1) : key.slice(hash + 1);
  const events = sources.eventsOf(kind);
  if (events === undefined) {
    // A name without a resource may be a module's own event.
    if (hash < 0) return undefined;
    return {
      problem: `Listens to "${event}" of ${place}, whose kind nobody defines`,
      help: didYouMean(kind, sources.kinds()),
    };
  }
  // A definition without a list says nothing about its events.
  if (events.length === 0 || events.includes(event) || COMMON.includes(event)) return undefined;
  const known = [...events, ...COMMON];
  return {
    problem: `Listens to "${event}" of ${kind}, which its definition does not list`,
    help: didYouMean(event, known) ?? `It lists ${events.join(", ")}`,
  };
}
