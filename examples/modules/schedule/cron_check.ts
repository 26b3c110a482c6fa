import { Cron } from "croner";
import type { CheckContext, RuntimeResource } from "digly/module";

export function check(
  { pattern, timezone }: RuntimeResource<{ pattern: string; timezone?: string }>,
  ctx: CheckContext,
): void {
  const report = (field: string, problem: string, create: () => unknown) => {
    try {
      create();
    } catch (cause) {
      ctx.report(
        ctx.problem([field], `\`${field}\` ${problem}: ${(cause as Error).message}`, { cause }),
      );
    }
  };
  report("pattern", "is not a cron pattern", () => new Cron(pattern, { paused: true }));
  report("timezone", "is not a time zone", () => Intl.DateTimeFormat("en", { timeZone: timezone }));
}
