/** Durations as people write them: `500ms`, `30s`, `2m`, or a plain number of seconds. */

/** The pattern of a duration written as text; definitions use it in their schemas. */
export const DURATION_PATTERN: string = String.raw`^\d+(\.\d+)?(ms|s|m)?$`;

/** The same for durations that may be hours or days. */
export const LONG_DURATION_PATTERN: string = String.raw`^\d+(\.\d+)?(ms|s|m|h|d)?$`;

/**
 * The maximum duration of a timer, in milliseconds.
 *
 * @example
 * ctx.clock.setTimeout(() => ctx.log.info("Weeks later"), LONGEST_DURATION_MS);
 */
export const LONGEST_DURATION_MS: number = 2 ** 31 - 1;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = new RegExp(LONG_DURATION_PATTERN);

/**
 * The milliseconds of a duration; `undefined` for text that is not one.
 *
 * @example
 * const timeoutMs = durationMs("1.5s"); // 1500
 * const never = durationMs("soon"); // undefined
 */
export function durationMs(duration: string | number): number | undefined {
  if (typeof duration === "number") return duration * 1_000;
  const match = DURATION.exec(duration);
  return match === null ? undefined : parseFloat(duration) * (UNITS[match[2] ?? "s"] ?? 1);
}
