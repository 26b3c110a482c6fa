/** Emitting in the name of a module or a resource. Rules: specification §8. */
import { fail } from "../../contract/errors.ts";
import { isReservedEvent } from "../../contract/events.ts";
import type { Services } from "./context.ts";

/** An `emit` that refuses what only the runtime emits, and what has no name. */
export function emitter(owner: string, emit: Services["emit"]): Services["emit"] {
  return (event, payload, subject) => {
    const isName = typeof event === "string" && event !== "";
    if (isName && !isReservedEvent(event)) return emit(event, payload, subject);
    const problem = isName
      ? `the event "${event}" is reserved for the runtime`
      : "an event needs a name";
    const help = isName ? "Give the event another name" : undefined;
    const details = { urn: owner, problem, chain: [owner] };
    return Promise.reject(fail("ERR_EXECUTION_FAILED", details, { help }));
  };
}
