/** Durations as people type them. Rules: decision D-39. */
import { durationMs, LONGEST_DURATION_MS } from "../contract/duration.ts";
import { fail } from "../contract/errors.ts";

/**
 * The milliseconds of `500ms`, `30s`, `2m`, or of a plain number of seconds.
 * Throws `ERR_USAGE` for anything else.
 */
export function parseDuration(text: string): number {
  const milliseconds = durationMs(text);
  if (milliseconds === undefined) {
    throw fail("ERR_USAGE", { problem: `"${text}" is not a duration` }, {
      help: "Write it as 500ms, 30s or 2m; a plain number is seconds",
    });
  }
  if (milliseconds > LONGEST_DURATION_MS) {
    throw fail("ERR_USAGE", { problem: `The duration "${text}" is too long` }, {
      help: "The longest is 35791m, which is 24 days",
    });
  }
  return milliseconds;
}
