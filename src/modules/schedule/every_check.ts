/** Checks the interval of a `Schedule.Every`. */
import { type CheckContext, durationMs, type RuntimeResource } from "../../contract/author.ts";
import type { ScheduleFields } from "./fields.ts";
import { checkOnce } from "./once_check.ts";

/** The shortest interval; timers of all runtimes keep it. */
const SHORTEST_MS = 1;

/** Reports an interval that is too short. */
export function check(
  resource: RuntimeResource<ScheduleFields & { every: string | number }>,
  ctx: CheckContext,
): void {
  const { every } = resource;
  checkOnce(resource, ctx);
  if ((durationMs(every) ?? 0) >= SHORTEST_MS) return;
  ctx.report(ctx.problem(["every"], `must be at least ${SHORTEST_MS}ms`));
}
