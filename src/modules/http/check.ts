/** What can be wrong with a route, found when its resource is created. */
import { fail, isDiglyError } from "../../contract/errors.ts";
import type { ControllerContext } from "../../contract/module.ts";
import { createHandler } from "./handle.ts";
import { NO_LIMITS } from "./limits.ts";
import { joinPaths, parsePath } from "./paths.ts";
import type { RouteFields } from "./resources.ts";

/**
 * Compiles a route once for its errors; schemas stay compiled for the server. Throws an
 * `Error` for a path that cannot be read, `ERR_SCHEMA_VALIDATION` for an invalid schema.
 */
export async function checkRoute(route: RouteFields, ctx: ControllerContext): Promise<void> {
  const { method, path } = route.request;
  const { names } = parsePath(joinPaths(path));
  try {
    await createHandler(route, { names, limits: NO_LIMITS, Response, ctx });
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    throw fail("ERR_SCHEMA_VALIDATION", { problem: `${method} ${path}: ${error.message}` }, {
      help: error.help,
      cause: error,
    });
  }
}
