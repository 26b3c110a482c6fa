/** The routes of a server: those of its mounts, joined. */
import type { Path, RuntimeResource } from "../../contract/author.ts";
import { joinPaths, parsePath } from "./paths.ts";
import { type RouteFields, routesIn, type ServerFields } from "./resources.ts";

/** A path that a server answers. */
export interface Mounted {
  /** The resource that answers. */
  readonly urn: string;
  /** `*` for every method. */
  readonly method: string;
  /** The whole path, as the manifests write it. */
  readonly path: string;
  readonly pattern: string;
  /** What answers: servers that mount the same may share an address. */
  readonly source: object;
}

/** A route that a server mounts. */
export interface MountedRoute extends Mounted {
  readonly source: RouteFields;
  /** The path of the route in its resource. */
  readonly at: Path;
  readonly names: readonly string[];
  /** Index in `mounts`; `undefined` for a server without them. */
  readonly mount: number | undefined;
  /** Its middleware without that of the server. */
  readonly use: readonly string[];
}

/** The routes of every resource that can be mounted, by URN, in load order. */
export type Mountables = ReadonlyMap<string, ReturnType<typeof routesIn>>;

/** An invalid path, made of the paths of a mount and a route. */
export interface MountProblem {
  /** Index in `mounts`; `undefined` for a server without them. */
  readonly mount: number | undefined;
  readonly path: string;
  readonly problem: string;
}

/** Collects the routes of all resources that can be mounted. */
export function mountablesOf(resources: Iterable<RuntimeResource>): Mountables {
  const mountables = new Map<string, ReturnType<typeof routesIn>>();
  for (const resource of resources) {
    const routes = routesIn(resource);
    const { kind, metadata: { name } } = resource;
    if (routes.length > 0) mountables.set(`${kind}.${name}`, routes);
  }
  return mountables;
}

/**
 * The routes of a server, in the order of its mounts; without mounts, all that are resources
 * of their own. Paths that are invalid only below their mount are reported.
 */
export function routesOf(
  { mounts }: ServerFields,
  mountables: Mountables,
  report: (problem: MountProblem) => void = () => {},
): MountedRoute[] {
  const list = mounts ?? Array.from(mountables, ([type, routes]) => ({ type, routes, path: "/" }))
    .filter(({ routes }) => routes[0]?.at.length === 0);
  return list.flatMap(({ path, type }, index) =>
    (mountables.get(type) ?? []).flatMap(({ fields, at, use }) => {
      const { path: own, method = "GET" } = fields.request;
      const whole = joinPaths(path, own);
      const parsed = parsePath(whole);
      if (!("problem" in parsed)) {
        return [{
          urn: type,
          at,
          method,
          path: whole,
          ...parsed,
          source: fields,
          use,
          mount: mounts && index,
        }];
      }
      if (!("problem" in parsePath(joinPaths(own)))) {
        report({ mount: mounts && index, path: whole, problem: parsed.problem });
      }
      return [];
    })
  );
}

/** Describes which two routes are in conflict. */
export function describeConflict(one: Mounted, other: Mounted): string {
  const [a, b] = [one, other].map(({ urn, method, path }) =>
    method === "*" ? `${path} of ${urn}` : `${method} ${path} of ${urn}`
  );
  return a === b ? `${a} is mounted twice` : `${a} and ${b} answer the same requests`;
}

/** Routes with the same place answer the same requests. */
export function placeOf({ method, pattern }: Mounted): string {
  return `${method} ${pattern}`;
}
