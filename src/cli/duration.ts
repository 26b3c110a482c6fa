/** Durations on the command line. */
import { durationMs, LONGEST_DURATION_MS } from "../contract/duration.ts";
import { fail } from "../contract/errors.ts";

/**
 * The milliseconds of `500ms`, `30s`, `2m`, or of a plain number of seconds.
 * Throws `ERR_USAGE` for anything else.
 */
export function parseDuration(text: string): number {
  const milliseconds = durationMs(text);
  if (milliseconds === undefined) {
    throw fail("ERR_USAGE", { problem: `"${text}" is not a valid duration` }, {
      help: "Write a duration such as 500ms, 30s or 2m; a number without a unit means seconds",
    });
  }
  if (milliseconds > LONGEST_DURATION_MS) {
    throw fail("ERR_USAGE", { problem: `The duration "${text}" is too long` }, {
      help: "The maximum is 35791m, about 24 days",
    });
  }
  return milliseconds;
}
