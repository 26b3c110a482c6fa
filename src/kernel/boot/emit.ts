/** Emitting events on behalf of a module or a resource. */
import { fail } from "../../contract/errors.ts";
import { isReservedEvent } from "../../contract/events.ts";
import type { Services } from "./services.ts";

/** Wraps `emit` to reject empty names and events that only the runtime may emit. */
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
