/** Says which schema the compiler of schemas refused. */
import { type DiglyError, fail, hasCode, isDiglyError, type Origin } from "../contract/errors.ts";

/**
 * The error about the schema of `owner`, which is written at `origin`, for an error of the compiler,
 * whose message begins with "The schema". An exceeded limit keeps its code.
 */
export function schemaError(
  error: unknown,
  owner: string,
  origin: Origin | undefined,
  code: "ERR_SCHEMA_VALIDATION" | "ERR_TEMPLATE_INVALID" = "ERR_SCHEMA_VALIDATION",
): DiglyError {
  if (!isDiglyError(error)) throw error;
  const problem = error.message.replace("The schema", `The schema of ${owner}`);
  const context = { origin, help: error.help };
  return hasCode(error, "ERR_LIMIT_EXCEEDED")
    ? fail(error.code, { ...error.details, problem }, context)
    : fail(code, { problem }, context);
}
