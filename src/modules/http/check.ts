/** What can be wrong with a route, found when its resource is created. */
import type { ControllerContext } from "../../contract/module.ts";
import { createHandler } from "./handle.ts";
import { joinPaths, parsePath } from "./paths.ts";
import type { RouteFields } from "./resources.ts";

/** Compiles a route once for its errors; schemas stay compiled for the server. */
export async function checkRoute(route: RouteFields, ctx: ControllerContext): Promise<void> {
  const { names } = parsePath(joinPaths(route.request.path));
  await createHandler(route, { names, maxBodyBytes: 0, Response, ctx });
}
