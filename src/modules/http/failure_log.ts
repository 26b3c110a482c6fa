/** Failures of requests in the log. */
import type { ControllerContext } from "../../contract/author.ts";

/** Logs why a response ended before it was complete. */
export function logBreak(
  error: unknown,
  method: string,
  path: string,
  ctx: ControllerContext,
): void {
  const message = error instanceof Error
    ? error.message
    : "a value that is not an error was thrown";
  ctx.log.error(`${method} ${path} broke off: ${message}`, { method, path, error });
}

/** Logs why a request failed, and gives the id that its answer shows. */
export function logFailure(
  error: unknown,
  method: string,
  path: string,
  ctx: ControllerContext,
): string {
  const id = crypto.randomUUID();
  const message = error instanceof Error
    ? error.message
    : "a value that is not an error was thrown";
  ctx.log.error(`${method} ${path} failed: ${message}`, { id, method, path, error });
  return id;
}
