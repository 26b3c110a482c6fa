/** Who listens to events of resources, which servers and others ask for each request. */
import type { Services } from "./services.ts";

/** True if the event of a resource has a listener; looked up once until somebody listens or stops. */
export function createListenerLookup(
  { hasListeners, listenerRevision }: Pick<Services, "hasListeners" | "listenerRevision">,
): (kind: string, name: string, event: string) => boolean {
  const byKind = new Map<string, Map<string, Map<string, boolean>>>();
  let revision: number | undefined;
  /** The resource that was asked for last, which mostly is asked for again. */
  let last: { kind: string; name: string; events: Map<string, boolean> } | undefined;

  function eventsOf(kind: string, name: string): Map<string, boolean> {
    if (last !== undefined && last.kind === kind && last.name === name) return last.events;
    let names = byKind.get(kind);
    if (names === undefined) byKind.set(kind, names = new Map());
    let events = names.get(name);
    if (events === undefined) names.set(name, events = new Map());
    last = { kind, name, events };
    return events;
  }

  return (kind, name, event) => {
    const now = listenerRevision();
    if (revision !== now) {
      byKind.clear();
      last = undefined;
      revision = now;
    }
    const events = eventsOf(kind, name);
    const known = events.get(event);
    if (known !== undefined) return known;
    const hasListener = hasListeners(`${kind}.${event}`, { kind, name });
    events.set(event, hasListener);
    return hasListener;
  };
}
