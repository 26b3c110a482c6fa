/** The error for what no part of the kernel expected. */
import { type DiglyError, fail, isDiglyError, messageOf } from "../contract/errors.ts";

/** The error as it is, or wrapped if it is not a `DiglyError`, which is a fault in Digly. */
export function asDiglyError(error: unknown): DiglyError {
  if (isDiglyError(error)) return error;
  return fail("ERR_EXECUTION_FAILED", {
    urn: "the runtime",
    problem: messageOf(error),
    chain: [],
  }, { cause: error, help: "This is a fault in Digly itself; please report it" });
}
