/** Checks the names of the events of an `Assert.Events`. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { unknownEvent } from "../shared/event_name.ts";
import type { EventsFields } from "./events.ts";

/** Events that are emitted before any resource is created, or after the last one is torn down. */
const UNOBSERVABLE = [
  "Module.Registered",
  "Resource.Registered",
  "Runtime.Starting",
  "Runtime.Stopped",
];

/** Reports names that no event has, and events that an assertion cannot see. */
export function check({ events }: RuntimeResource<EventsFields>, ctx: CheckContext): void {
  for (const [index, expected] of events.entries()) {
    const [name, at] = typeof expected === "string"
      ? [expected, ["events", index]]
      : [expected.event, ["events", index, "event"]];
    if (UNOBSERVABLE.includes(name)) {
      ctx.report(ctx.problem(at, `${name} is not emitted while resources are running`, {
        help: "Expect Runtime.Started or Runtime.Stopping instead",
      }));
      continue;
    }
    const [problem, help] = unknownEvent(name, ctx) ?? [];
    if (problem !== undefined) {
      ctx.report(ctx.problem(at, problem, { help }));
    } else if (name !== "*" && name.replace(/(?<=.)\.\*$/, "").includes("*")) {
      ctx.report(ctx.problem(at, `no event matches "${name}"`, {
        help: "Write the full name, or `Order.*` for every event that starts with `Order.`",
      }));
    }
  }
}
