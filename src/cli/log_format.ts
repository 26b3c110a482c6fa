/** Writes log records as lines for people. */
import type { LogLevel, LogRecord, LogSink } from "../contract/log.ts";
import type { Output } from "../contract/platform.ts";
import { paintFor, type Style, visible } from "./style.ts";

const STYLES: Readonly<Record<LogLevel, Style>> = {
  debug: "grey",
  info: "cyan",
  warn: "yellow",
  error: "red",
};

/** A sink that writes to `output`; debug records only when `verbose`. */
export function logTo(output: Output, color: boolean, verbose: boolean): LogSink {
  return (record) => {
    if (record.level === "debug" && !verbose) return;
    output.write(formatRecord(record, color));
  };
}

/** One record as a line: level, owner, message, `key=value` for each field. */
export function formatRecord(
  { level, owner, message, fields }: LogRecord,
  color: boolean,
): string {
  const paint = paintFor(color);
  const parts = [paint(STYLES[level], level.padEnd(5)), owner, message.replaceAll("\n", "\n  ")];
  const details = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${fieldText(value)}`);
  if (details.length > 0) parts.push(details.join(" "));
  return [parts[0], ...parts.slice(1).map((part) => visible(part!))].join("  ") + "\n";
}

/** A value as people read it after `key=`. */
export function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) return JSON.stringify(value.message);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return JSON.stringify(String(value));
  }
}
