/** Writes log records: as lines for people, or as JSON for whoever collects them. */
import type { LogLevel, LogRecord, LogSink } from "../contract/log.ts";
import type { Output } from "../contract/platform.ts";
import { paintFor, type Style, visible } from "./style.ts";

/** How log records are written. */
export type LogFormat = "text" | "json";

/** From the least to the most urgent. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** What is written, and how. */
export interface LogStyle {
  readonly format: LogFormat;
  /** The least urgent level that is written. */
  readonly level: LogLevel;
  readonly color: boolean;
  /** Show the stacks of errors among the fields also to people; JSON always has them. */
  readonly stacks: boolean;
}

const STYLES: Readonly<Record<LogLevel, Style>> = {
  debug: "grey",
  info: "cyan",
  warn: "yellow",
  error: "red",
};

/** A sink that writes to `output`. */
export function logTo(output: Output, style: LogStyle): LogSink {
  const least = LOG_LEVELS.indexOf(style.level);
  return (record) => {
    if (LOG_LEVELS.indexOf(record.level) < least) return;
    output.write(style.format === "json" ? jsonRecord(record) : formatRecord(record, style));
  };
}

/** One record as a line of JSON; its fields must be plain data. */
export function jsonRecord({ time, level, owner, message, fields }: LogRecord): string {
  const line = { time: new Date(time).toISOString(), level, owner, message, fields };
  return JSON.stringify(line) + "\n";
}

/** One record as a line: level, owner, message, `key=value` for each field. */
export function formatRecord(
  { level, owner, message, fields }: LogRecord,
  { color, stacks }: Pick<LogStyle, "color" | "stacks">,
): string {
  const paint = paintFor(color);
  const parts = [paint(STYLES[level], level.padEnd(5)), owner, indented(message)];
  const given = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  const details = given.map(([key, value]) => `${key}=${fieldText(errorMessage(value))}`);
  if (details.length > 0) parts.push(details.join(" "));
  const line = [parts[0], ...parts.slice(1).map((part) => visible(part!))].join("  ") + "\n";
  if (!stacks) return line;
  const traces = given.map(([, value]) => stackOf(value)).filter((stack) => stack !== undefined);
  return line + traces.map((stack) => `  ${visible(indented(stack))}\n`).join("");
}

/** A value as people read it after `key=`. */
export function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

/** The message of an error that became plain data, or the value. */
function errorMessage(value: unknown): unknown {
  return stackOf(value) === undefined ? value : (value as { message?: unknown }).message;
}

function stackOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("stack" in value)) return undefined;
  return typeof value.stack === "string" && "message" in value ? value.stack : undefined;
}
