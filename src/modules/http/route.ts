/** `Http.Route`: one route that servers mount. */
import type { ModuleCreateContext, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { checkRoute } from "./check.ts";
import type { RouteFields } from "./resources.ts";

/** Finds what is wrong with the route before a server answers with it. */
export async function create(
  route: RuntimeResource<RouteFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  await checkRoute(route, ctx);
  return {};
}
