/** The fields that both kinds of schedules have, and durations that may be hours or days. */
import { durationMs, type Late } from "../../contract/author.ts";

/** The fields of a `Schedule.Cron` and a `Schedule.Every`. */
export interface ScheduleFields {
  readonly execute: string;
  readonly inputs?: unknown | Late<unknown>;
  readonly overlap: "skip" | "queue" | "allow";
  readonly jitter: string | number;
  readonly timeout?: string | number;
}

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24 };

/** The milliseconds of a duration such as `30s`, `2h` or `1d`, whose pattern the schema has checked. */
export function longDurationMs(duration: string | number): number {
  const hours = typeof duration === "string" ? HOURS[duration.at(-1)!] : undefined;
  return hours === undefined
    ? durationMs(duration) ?? NaN
    : parseFloat(String(duration)) * hours * 3_600_000;
}
