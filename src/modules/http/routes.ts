/** Which routes a server has: those of its mounts, joined and checked. */
import type { ModuleCreateContext } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { joinPaths, parsePath } from "./paths.ts";
import type { ApiFields, RouteFields, ServerFields } from "./resources.ts";

/** A route at its place in a server. */
export interface MountedRoute {
  /** The resource it is from. */
  readonly urn: string;
  readonly method: string;
  /** The whole path, as the manifests write it. */
  readonly path: string;
  readonly pattern: string;
  readonly names: readonly string[];
  readonly fields: RouteFields;
}

/**
 * The routes of a server, in the order of its mounts. Throws an `Error` for a path that
 * cannot be read, a mount that has no routes and two routes in the same place.
 */
export function routesOf(server: ServerFields, ctx: ModuleCreateContext): MountedRoute[] {
  const apis = byUrn(ctx.getResources("Http.Api"));
  const singles = byUrn(ctx.getResources("Http.Route"));
  const mounts = server.mounts ?? [...singles.keys()].map((type) => ({ path: "/", type }));
  const routes = new Map<string, MountedRoute>();
  for (const { path, type } of mounts) {
    const api = apis.get(type) as (RuntimeResource & ApiFields) | undefined;
    const single = singles.get(type) as (RuntimeResource & RouteFields) | undefined;
    if (api === undefined && single === undefined) {
      throw new Error(`The mount "${type}" is neither an Http.Api nor an Http.Route`);
    }
    for (const fields of api?.routes ?? [single!]) {
      const route = mountRoute(type, path, fields);
      const place = `${route.method} ${route.pattern}`;
      const other = routes.get(place);
      if (other !== undefined) throw new Error(describeConflict(other, route));
      routes.set(place, route);
    }
  }
  return [...routes.values()];
}

function mountRoute(urn: string, prefix: string, fields: RouteFields): MountedRoute {
  const { method } = fields.request;
  const path = joinPaths(prefix, fields.request.path);
  return { urn, method, path, ...parsePath(path), fields };
}

function describeConflict(one: MountedRoute, other: MountedRoute): string {
  const [a, b] = [one, other].map(({ urn, method, path }) => `${method} ${path} of ${urn}`);
  return `Two routes answer the same requests: ${a} and ${b}`;
}

function byUrn(resources: readonly RuntimeResource[]): Map<string, RuntimeResource> {
  return new Map(
    resources.map((resource) => [`${resource.kind}.${resource.metadata.name}`, resource]),
  );
}
