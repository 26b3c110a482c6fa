/** Adds the place of a mistake to an error that was made where the place is unknown. */
import { DiglyError, type Origin } from "../contract/errors.ts";

/** The error with an origin, unless it already has one. */
export function withOrigin(error: DiglyError, origin: Origin | undefined): DiglyError {
  if (error.origin !== undefined || origin === undefined) return error;
  const { code, message, details, help, related, cause } = error;
  return new DiglyError(code, message, details, { origin, help, related, cause });
}
