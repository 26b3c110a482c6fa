/** Emitting events on behalf of a module or a resource. */
import { fail } from "../../contract/errors.ts";
import { type EventSubject, isReservedEvent } from "../../contract/events.ts";
import type { Context } from "../../contract/execution.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { Services } from "./services.ts";

/** Who emits. */
export interface Emitter {
  /** The module or the URN that errors name. */
  readonly owner: string;
  readonly module: string;
  /** The execution that emits, if one does. */
  readonly execution?: Context;
}

/** What emitting needs. */
export type EmitServices = Pick<Services, "emit" | "kindEvents" | "kindNames">;

/**
 * Emits an event. Rejects names that are empty, reserved for the runtime, of another module's kind,
 * or that the definition of the kind does not list.
 */
export function emitAs(
  emitter: Emitter,
  event: string,
  payload: unknown,
  subject: EventSubject,
  services: EmitServices,
): Promise<void> {
  const problem = eventProblem(emitter, event, subject.kind, services);
  if (problem === undefined) return services.emit(event, payload, subject, emitter.execution);
  const { owner } = emitter;
  const details = { urn: owner, problem: problem[0], chain: [owner] };
  return Promise.reject(fail("ERR_EXECUTION_FAILED", details, { help: problem[1] }));
}

/** Why an event may not be emitted, and what to do; `undefined` if it may. */
function eventProblem(
  { module }: Emitter,
  event: unknown,
  subjectKind: string | undefined,
  { kindEvents, kindNames }: EmitServices,
): readonly [problem: string, help?: string | undefined] | undefined {
  if (typeof event !== "string" || event === "") return ["an event needs a name"];
  if (isReservedEvent(event)) {
    return [`the event "${event}" is reserved for the runtime`, "Give the event another name"];
  }
  const kind = subjectKind ?? event.slice(0, event.lastIndexOf("."));
  const known = kindEvents(kind);
  if (known === undefined) {
    // A name without a resource may be any event of a module.
    if (subjectKind === undefined) return undefined;
    const near = didYouMean(kind, kindNames());
    return [`it emits an event of ${kind}, which is not a kind of the app`, near];
  }
  const name = event.slice(kind.length + 1);
  if (!known.modules.includes(module)) {
    return [
      `the event "${event}" belongs to the module ${known.modules[0]}`,
      `Emit an event of its own: ${module || "<Module>"}.${name}`,
    ];
  }
  if (known.events.length === 0 || known.events.includes(name)) return undefined;
  return [
    `the event "${name}" is not listed by the definition of ${kind}`,
    didYouMean(name, known.events) ??
      `Add it to \`events\` of the definition, which lists ${known.events.join(", ")}`,
  ];
}
