/** Writes log records as text or as JSON. */
import type { LogLevel, LogRecord, LogSink } from "../contract/log.ts";
import type { Output } from "../contract/platform.ts";
import { errorAsData, errorLines, isCoded, isLoggedError } from "./logged_error.ts";
import { paintFor, type Style, visible } from "../diagnostics/style.ts";

/** The format of log records. */
export type LogFormat = "text" | "json";

/** From the lowest to the highest. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Options of {@link logTo}. */
export interface LogStyle {
  readonly format: LogFormat;
  /** The lowest level that is written. */
  readonly level: LogLevel;
  readonly color: boolean;
  /** Include all stacks; without it, JSON has those of errors without a code only, and text has none. */
  readonly stacks: boolean;
  /** Absolute path of the working directory; files below it are shown relative to it. */
  readonly cwd: string;
}

const STYLES: Readonly<Record<LogLevel, Style>> = {
  debug: "grey",
  info: "cyan",
  warn: "yellow",
  error: "red",
};

/** A sink that writes to `output`. */
export function logTo(output: Output, style: LogStyle): LogSink {
  const lowest = LOG_LEVELS.indexOf(style.level);
  return (record) => {
    if (LOG_LEVELS.indexOf(record.level) < lowest) return;
    output.write(style.format === "json" ? jsonRecord(record, style) : formatRecord(record, style));
  };
}

/** One record as a line of JSON; its fields must be plain data. */
export function jsonRecord(
  record: LogRecord,
  { stacks }: Pick<LogStyle, "stacks"> = { stacks: false },
): string {
  const { time, level, owner, traceId, message, fields } = record;
  const shown = fields && Object.fromEntries(
    Object.entries(fields).map(([key, value]) =>
      [key, isLoggedError(value) ? errorAsData(value, stacks) : value] as const
    ),
  );
  const line = {
    time: new Date(time).toISOString(),
    level,
    owner,
    traceId,
    message,
    fields: shown,
  };
  return JSON.stringify(line) + "\n";
}

/** How many digits of a trace id tell the traces of a log apart. */
const TRACE_DIGITS = 8;

/**
 * One record as a line: level, owner, message, `key=value` for each field, and the start of the
 * trace id. Errors in fields follow on lines of their own.
 */
export function formatRecord(
  { level, owner, message, traceId, fields }: LogRecord,
  { color, stacks, cwd }: Pick<LogStyle, "color" | "stacks" | "cwd">,
): string {
  const paint = paintFor(color);
  const parts = [paint(STYLES[level], level.padEnd(5)), owner, indented(message)];
  const present = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  const details = present.flatMap(([key, value]) => {
    if (!isLoggedError(value)) return [`${key}=${fieldText(value)}`];
    return isCoded(value) ? [] : [`${key}=${fieldText(value.message)}`];
  });
  if (traceId !== undefined && fields?.["traceId"] === undefined) {
    details.push(`trace=${traceId.slice(0, TRACE_DIGITS)}`);
  }
  if (details.length > 0) parts.push(details.join(" "));
  const [first, ...others] = parts;
  const line = [first, ...others.map(visible)].join("  ");
  const errors = present.flatMap(([, value]) =>
    isLoggedError(value) ? errorLines(value, message, { color, verbose: stacks, cwd }) : []
  );
  return [line, ...errors, ""].join("\n");
}

/** A value as it is written after `key=`. */
export function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}
