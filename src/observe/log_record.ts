/** Makes log records safe to write, because controllers may log any value. */
import { messageOf } from "../contract/errors.ts";
import type { LogRecord } from "../contract/log.ts";
import { plain } from "../contract/plain.ts";

/** The record as plain JSON data; errors among its fields keep their stack. Never throws. */
export function plainRecord(record: LogRecord): LogRecord {
  const message = asText(record.message);
  const { fields, ...rest } = record;
  return fields === undefined || fields === null
    ? { ...rest, message }
    : { ...rest, message, fields: plainFields(fields) };
}

function asText(message: unknown): string {
  if (typeof message === "string") return message;
  if (message instanceof Error) return messageOf(message);
  const safe = plain(message);
  return typeof safe === "string" ? safe : JSON.stringify(safe) ?? "";
}

function plainFields(fields: unknown): Readonly<Record<string, unknown>> {
  if (fields instanceof Error) return { error: plainError(fields) };
  const copied = plain(fields);
  if (typeof copied !== "object" || copied === null) return { value: copied };
  const safe = copied as Record<string, unknown>;
  for (const key of Object.keys(safe)) {
    const value = valueOf(fields as object, key);
    if (value instanceof Error) safe[key] = plainError(value);
  }
  return safe;
}

/** The own value of a field; a getter is not called a second time. */
function valueOf(fields: object, key: string): unknown {
  try {
    return Object.getOwnPropertyDescriptor(fields, key)?.value;
  } catch {
    return undefined;
  }
}

/** How many causes of an error are included. */
const MAX_CAUSES = 8;

function plainError(error: Error, causes = 0): unknown {
  const copied = plain(error);
  const { stack, cause } = error;
  if (typeof copied !== "object" || copied === null || typeof stack !== "string") return copied;
  return cause instanceof Error && causes < MAX_CAUSES
    ? { ...copied, cause: plainError(cause, causes + 1), stack }
    : { ...copied, stack };
}
