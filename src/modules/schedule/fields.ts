/** The fields that both kinds of schedules have. */
import type { Late } from "../../contract/author.ts";

/** The fields of a `Schedule.Cron` and a `Schedule.Every`. */
export interface ScheduleFields {
  readonly execute: string;
  readonly inputs?: unknown | Late<unknown>;
  readonly overlap: "skip" | "queue" | "allow";
  readonly once: "process" | "cluster";
  readonly jitter: string | number;
  readonly timeout?: string | number;
}
