/** Cron patterns, by croner. */
import { Cron } from "croner";

/** The times of a pattern. Throws for what is not a pattern, and for an unknown time zone. */
export function parsePattern(
  cron: string,
  timeZone: string | undefined,
): (after: number) => number | undefined {
  // Paused and without a function, it only computes times and has no timer.
  const pattern = new Cron(cron, {
    paused: true,
    ...(timeZone === undefined ? {} : { timezone: timeZone }),
  });
  return (after) => pattern.nextRun(new Date(after))?.getTime();
}

/** Why text is not a cron pattern, as a predicate. */
export function patternProblem(cron: string): string | undefined {
  // The library also accepts dates and a seventh field for years, which other programs do not.
  const fields = cron.trim().split(/\s+/).length;
  if (!cron.startsWith("@") && fields !== 5 && fields !== 6) {
    return `is not a cron pattern: it has ${fields} field${fields === 1 ? "" : "s"}`;
  }
  try {
    parsePattern(cron, "UTC");
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const detail = message.replace(/^Cron\w+: /, "");
    return `is not a cron pattern: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}`;
  }
}

/** True if the runtime knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
