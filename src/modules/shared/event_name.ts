/** Finds names of events that nothing emits. */
import { type CheckContext, didYouMean, RUNTIME_EVENTS } from "../../contract/author.ts";

/** What is wrong with the name of an event, and what to do about it. */
export type NameProblem = readonly [problem: string, help: string];

/** The problem with a name that neither the runtime nor a kind of the app emits. */
export function unknownEvent(
  event: string,
  ctx: Pick<CheckContext, "eventsOf">,
): NameProblem | undefined {
  if (/^Runtime\.[^.*]+$/.test(event)) {
    return RUNTIME_EVENTS.includes(event) ? undefined : [
      `the runtime has no event "${event}"`,
      didYouMean(event, RUNTIME_EVENTS) ?? `It emits ${RUNTIME_EVENTS.join(", ")}`,
    ];
  }
  const dot = event.lastIndexOf(".");
  if (dot < 0 || event.endsWith("*")) return undefined;
  // Only the module of a kind emits events with its name, and only those that the definition lists.
  const [kind, name] = [event.slice(0, dot), event.slice(dot + 1)];
  const known = ctx.eventsOf(kind);
  if (known === undefined || known.includes(name)) return undefined;
  return [
    `${kind} has no event "${name}"`,
    didYouMean(name, known) ?? `It emits ${known.join(", ")}`,
  ];
}
