/** The loggers of controllers and of executions. */
import type { LogLevel, LogRecord, LogSink } from "../../contract/log.ts";
import type { Logger } from "../../contract/execution.ts";

/** Creates a logger of `owner`; `traceId` is called for every line. */
export function createLogger(owner: string, sink: LogSink, traceId?: () => string): Logger {
  const logAt = (level: LogLevel): Logger["info"] => (message, fields) => {
    const record: LogRecord = {
      time: Date.now(),
      level,
      owner,
      message,
      ...(traceId === undefined ? {} : { traceId: traceId() }),
      ...(fields === undefined ? {} : { fields }),
    };
    sink(record);
  };
  return {
    debug: logAt("debug"),
    info: logAt("info"),
    warn: logAt("warn"),
    error: logAt("error"),
  };
}
