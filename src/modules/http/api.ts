/** `Http.Api`: a list of routes that servers mount. */
import type { ModuleCreateContext, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { checkRoute } from "./check.ts";
import type { ApiFields } from "./resources.ts";

/** Finds what is wrong with the routes before a server answers with them. */
export async function create(
  api: RuntimeResource<ApiFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  for (const route of api.routes) await checkRoute(route, ctx);
  return {};
}
