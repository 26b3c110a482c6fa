/** Checks the pattern and the time zone of a `Schedule.Cron`. */
import { type CheckContext, didYouMean, type RuntimeResource } from "../../contract/author.ts";
import type { ScheduleFields } from "./fields.ts";
import { checkOnce } from "./once_check.ts";
import { isTimeZone, parsePattern, patternProblem } from "./pattern.ts";

/** Where the search for the first time begins, so that the check gives the same result on every day. */
const SEARCH_FROM = Date.UTC(2000, 0, 1);

/** Reports what is not a pattern or a time zone, and a pattern without any time. */
export function check(
  resource: RuntimeResource<ScheduleFields & { cron: string; timeZone?: string }>,
  ctx: CheckContext,
): void {
  const { cron, timeZone } = resource;
  checkOnce(resource, ctx);
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    ctx.report(ctx.problem(["timeZone"], `"${timeZone}" is not a time zone`, {
      help: didYouMean(timeZone, Intl.supportedValuesOf("timeZone")) ??
        "Write an IANA name, such as Europe/Berlin or UTC",
    }));
  }
  const problem = patternProblem(cron);
  if (problem !== undefined) {
    ctx.report(ctx.problem(["cron"], `"${cron}" ${problem}`, {
      help: "Write minute, hour, day of the month, month and day of the week, such as `0 3 * * *`",
    }));
  } else if (parsePattern(cron, "UTC")(SEARCH_FROM) === undefined) {
    ctx.report(ctx.problem(["cron"], `"${cron}" never occurs`, {
      help: "There is no such day in any year",
    }));
  }
}
