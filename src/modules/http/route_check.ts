/** Checks the paths, JSON Schemas, headers and error codes of `Http.Route` and `Http.Api`. */
import {
  type CheckContext,
  type ErrorCode,
  headerNameProblem,
  headerValueProblem,
  isDiglyError,
  isModuleErrorCode,
  nearest,
  type Path,
  type RuntimeResource,
  type ValidatorOptions,
} from "../../contract/author.ts";
import { joinPaths, parsePath } from "./paths.ts";
import { REQUEST_PARTS, schemaOptions } from "./request.ts";
import { type RouteFields, routesIn } from "./resources.ts";

/** The runtime's own codes that executions end with most. */
const EXECUTION_CODES: readonly string[] = [
  "ERR_ABORTED",
  "ERR_CODE_FUEL",
  "ERR_CODE_MEMORY",
  "ERR_CODE_RESULT",
  "ERR_CODE_TIME",
  "ERR_CODE_TRAP",
  "ERR_EXECUTION_FAILED",
  "ERR_INPUT_INVALID",
  "ERR_LIMIT_EXCEEDED",
  "ERR_SCHEMA_VALIDATION",
  "ERR_UNAVAILABLE",
] satisfies readonly ErrorCode[];

/** Checks every route of the resource. */
export async function check(resource: RuntimeResource, ctx: CheckContext): Promise<void> {
  for (const { fields, at } of routesIn(resource)) await checkRoute(fields, at, ctx);
}

async function checkRoute(route: RouteFields, at: Path, ctx: CheckContext): Promise<void> {
  const { path, schema = {}, query } = route.request;
  const parsed = parsePath(joinPaths(path));
  if ("problem" in parsed) {
    ctx.report(ctx.problem([...at, "request", "path"], `the path "${path}" ${parsed.problem}`, {
      help: parsed.help,
    }));
  }
  for (const part of REQUEST_PARTS) {
    await checkSchema(schema[part], [...at, "request", "schema", part], ctx, schemaOptions(part));
  }
  await checkSchema(query, [...at, "request", "query"], ctx, schemaOptions("query"));
  await checkSchema(route.response?.schema, [...at, "response", "schema"], ctx);
  checkHeaders(route.response?.headers, [...at, "response", "headers"], ctx);
  for (const [code, { headers }] of Object.entries(route.errors ?? {})) {
    checkCode(code, [...at, "errors", code], ctx);
    checkHeaders(headers, [...at, "errors", code, "headers"], ctx);
  }
}

/** Finds errors that only compiling shows; the server reuses the compiled schema. */
async function checkSchema(
  schema: unknown,
  at: Path,
  ctx: CheckContext,
  options?: ValidatorOptions,
): Promise<void> {
  if (schema === undefined) return;
  try {
    await ctx.validator(schema, options);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    const message = error.message.replace("The schema", "the schema");
    ctx.report(ctx.problem(at, message, { help: error.help, cause: error }));
  }
}

/** A code of a module, or one of the runtime; other copies of it may know more. */
function checkCode(code: string, at: Path, ctx: CheckContext): void {
  if (isModuleErrorCode(code) || EXECUTION_CODES.includes(code)) return;
  const near = nearest(code, EXECUTION_CODES);
  if (near === undefined && /^ERR_[A-Z_]+$/.test(code)) return;
  ctx.report(ctx.problem(at, `"${code}" is not an error code`, {
    help: near === undefined
      ? "Write the code of an app or a module, such as `Order.NotFound`"
      : `Did you mean "${near}"?`,
  }));
}

function checkHeaders(headers: unknown, at: Path, ctx: CheckContext): void {
  if (typeof headers !== "object" || headers === null) return;
  for (const [name, value] of Object.entries(headers)) {
    const problem = headerNameProblem(name) ??
      (typeof value === "string" ? headerValueProblem(value) : undefined);
    if (problem === undefined) continue;
    ctx.report(ctx.problem([...at, name], `the header "${name}" cannot be sent: ${problem}`));
  }
}
