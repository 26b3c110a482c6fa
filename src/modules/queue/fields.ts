/** The fields of the kinds, as their schemas validate them, and their durations. */
import { durationMs, type Late } from "../../contract/author.ts";

/** `30s`, `5m`, `12h`, or a number of seconds. */
export type Duration = string | number;

export interface QueueFields {
  readonly url: string;
  readonly maxDeliver: number;
  readonly backoff: Duration | readonly Duration[];
  readonly deadLetter?: string;
  readonly maxLength: number;
  readonly timeout: Duration;
  readonly connections?: readonly string[];
}

export interface PublishFields {
  readonly queue: string;
  readonly inputs?: unknown;
  readonly delay?: Duration | Late<Duration>;
  readonly inputSchema?: unknown;
}

export interface WorkerFields {
  readonly queue: string;
  readonly execute: string;
  readonly inputs?: unknown;
  readonly concurrency: number;
  readonly timeout?: Duration;
  readonly lease?: Duration;
}

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24 };

/** The milliseconds of a duration whose pattern the schema has checked. */
export function longDurationMs(duration: Duration): number {
  const hours = typeof duration === "string" ? HOURS[duration.slice(-1)] : undefined;
  return hours === undefined
    ? durationMs(duration) ?? NaN
    : parseFloat(String(duration)) * hours * 3_600_000;
}
