/** Log records, as the kernel and modules write them and a sink shows them. */

/** From the least to the most urgent. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One log line before anyone formats it. */
export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  /** Who says it: `kernel`, a module's name, or a resource's URN. */
  readonly owner: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Takes log records; must not throw. */
export type LogSink = (record: LogRecord) => void;
