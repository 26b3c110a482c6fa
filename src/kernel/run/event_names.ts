/** Finds subscriptions to events that are never emitted. */
import { EVENTS_OF_EVERY_KIND, RUNTIME_EVENTS } from "../../contract/events.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";

/** Why a listener will never be called, and what to do about it. */
export interface ListenerProblem {
  readonly problem: string;
  readonly help: string | undefined;
}

/** The kinds of an app and their events. */
export interface EventSources {
  /** The events that a kind's definition lists; `undefined` if the kind is not defined. */
  eventsOf(kind: string): readonly string[] | undefined;
  kinds(): Iterable<string>;
}

/** The problem with the name of a runtime event, which does not depend on the app. */
export function findRuntimeEventProblem(key: string): ListenerProblem | undefined {
  // Events of the runtime's own kinds have more segments: Runtime.KindDefinition.Initialized.
  if (!/^Runtime\.[^.#*]+$/.test(key) || RUNTIME_EVENTS.includes(key)) return undefined;
  return {
    problem: `The runtime has no event "${key}"`,
    help: didYouMean(key, RUNTIME_EVENTS) ?? `It emits ${RUNTIME_EVENTS.join(", ")}`,
  };
}

/** The problem with listening to `key` (as written on the bus) in an app with these kinds. */
export function findListenerProblem(
  key: string,
  sources: EventSources,
): ListenerProblem | undefined {
  if (key.includes("*")) return undefined;
  const hash = key.indexOf("#");
  const place = hash < 0 ? key : key.slice(0, hash);
  const dot = place.lastIndexOf(".");
  if (dot < 0) return undefined;
  const kind = place.slice(0, dot);
  const event = hash < 0 ? place.slice(dot + 1) : key.slice(hash + 1);
  const events = sources.eventsOf(kind);
  if (events === undefined) {
    // A name without a resource may be an event of a module.
    if (hash < 0) return undefined;
    return {
      problem: `Listens to "${event}" of ${place}, whose kind is not defined`,
      help: didYouMean(kind, sources.kinds()),
    };
  }
  // A definition without a list says nothing about its events.
  const known = [...events, ...EVENTS_OF_EVERY_KIND];
  if (events.length === 0 || known.includes(event)) return undefined;
  return {
    problem: `Listens to "${event}" of ${kind}, which its definition does not list`,
    help: didYouMean(event, known) ?? `It lists ${events.join(", ")}`,
  };
}
