/** Durations as people type them. Rules: decision D-39. */
import { fail } from "../contract/errors.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** The longest a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * The milliseconds of `500ms`, `30s`, `2m`, or of a plain number of seconds.
 * Throws `ERR_USAGE` for anything else.
 */
export function parseDuration(text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  if (number === undefined) {
    throw fail("ERR_USAGE", { problem: `"${text}" is no duration` }, {
      help: "Write it as 500ms, 30s or 2m; a plain number is seconds",
    });
  }
  const milliseconds = Number(number) * UNITS[unit]!;
  if (milliseconds > LONGEST) {
    throw fail("ERR_USAGE", { problem: `The duration "${text}" is too long` }, {
      help: "The longest is 35791m, which is 24 days",
    });
  }
  return milliseconds;
}
