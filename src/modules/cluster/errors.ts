/** Errors about values that cannot cross to another process. */
import { type DiglyError, fail, messageOf } from "../../contract/author.ts";
import { Unsendable } from "./codec.ts";

/** The error for a value that cannot cross. */
export function unsendable(urn: string, what: string, error: unknown): DiglyError {
  const reason = error instanceof Unsendable ? error.message : messageOf(error);
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `${what} cannot be sent to another process: ${reason}`,
  }, { help: "Use plain data: maps, lists, strings, numbers, booleans, null, dates and bytes" });
}

/** The error for a value that takes too many messages. */
export function tooLarge(urn: string, what: string, bytes: number, limit: number): DiglyError {
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem:
      `${what} cannot be sent to another process: it has ${bytes} bytes, and ${limit} is the most`,
  }, { help: "Send where the data is rather than the data, or return a stream" });
}
