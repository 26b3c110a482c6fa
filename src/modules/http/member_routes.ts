/** The routes of the servers at an address, joined. */
import type { Routable } from "./router.ts";
import { describeConflict, type Mounted, placeOf } from "./routes.ts";

interface WithMounted {
  readonly mounted: Mounted;
}

/** The routes of all members, with who serves each in `owners`: the first of several that mount it. */
export function routesOfMembers<
  Route extends WithMounted,
  Member extends { readonly routes: readonly Route[] },
>(members: readonly Member[], owners: Map<Route, Member>): Routable<Route>[] {
  const taken = new Map<string, Route>();
  for (const member of members) {
    for (const route of member.routes) {
      const place = placeOf(route.mounted);
      const other = taken.get(place);
      if (other === undefined) {
        taken.set(place, route);
        owners.set(route, member);
      } else if (other.mounted.source !== route.mounted.source) {
        throw new Error(describeConflict(other.mounted, route.mounted));
      }
    }
  }
  checkMounts(taken);
  return Array.from(taken.values(), (route) => {
    const { method, pattern } = route.mounted;
    return { method, pattern, route };
  });
}

/** Throws if a resource answers every method at a path that has a route, too. */
function checkMounts(taken: ReadonlyMap<string, WithMounted>): void {
  const patterns = new Map<string, WithMounted>();
  for (const route of taken.values()) {
    const { pattern } = route.mounted;
    const other = patterns.get(pattern);
    if (other === undefined) patterns.set(pattern, route);
    else if (other.mounted.method === "*" || route.mounted.method === "*") {
      throw new Error(describeConflict(other.mounted, route.mounted));
    }
  }
}
