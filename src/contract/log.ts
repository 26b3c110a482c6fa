/** Log records, as the kernel and modules write them and a sink shows them. */

/** From the least to the most urgent. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One log line before it is formatted. */
export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  /** The owner: `kernel`, the name of a module, or the URN of a resource. */
  readonly owner: string;
  readonly message: string;
  /** The trace of the execution that wrote the line. */
  readonly traceId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Takes log records; must not throw. */
export type LogSink = (record: LogRecord) => void;
