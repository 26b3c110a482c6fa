/** Checks the name of the event and the condition of an `Event.Listener`. */
import { type CheckContext, isDiglyError, type RuntimeResource } from "../../contract/author.ts";
import { type NameProblem, unknownEvent } from "../shared/event_name.ts";
import type { ListenerFields } from "./listener.ts";

/** Events that no listener receives: they are emitted before it is created or after the stop. */
const UNOBSERVABLE: Readonly<Record<string, string>> = {
  "Module.Registered": "Runtime.Started",
  "Resource.Registered": "Runtime.Started",
  "Runtime.Starting": "Runtime.Started",
  "Runtime.Stopped": "Runtime.Stopping",
};

/** Reports a name that no event has, and a condition that is not an expression. */
export function check(
  { event, where }: RuntimeResource<ListenerFields>,
  ctx: CheckContext,
): void {
  const [problem, help] = nameProblem(event, ctx) ?? [];
  if (problem !== undefined) ctx.report(ctx.problem(["event"], problem, { help }));
  if (where === undefined) return;
  try {
    ctx.expression(where, ["where"], { type: "boolean" });
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    ctx.report(error);
  }
}

function nameProblem(event: string, ctx: CheckContext): NameProblem | undefined {
  if (event !== "*" && event.replace(/(?<=.)\.\*$/, "").includes("*")) {
    return [
      `no event matches "${event}"`,
      "Write the full name, `Order.*` for every event that starts with `Order.`, or `*` for all",
    ];
  }
  if (Object.hasOwn(UNOBSERVABLE, event)) {
    return [
      `nothing can be executed when ${event} is emitted`,
      `Listen to ${UNOBSERVABLE[event]} instead`,
    ];
  }
  if (!event.endsWith(".Teardown")) return unknownEvent(event, ctx);
  return [
    `nothing can be executed when ${event} is emitted`,
    "Listen to Runtime.Stopping instead",
  ];
}
