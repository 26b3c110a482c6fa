/** Finds the route of a request, and the methods of a path. */
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { compareSpecificity } from "./paths.ts";

/** The result of a router. */
export type Match<Route> =
  | { readonly route: Route; readonly params: readonly string[] }
  | { readonly allow: readonly string[] };

/** Looks up a method and a path; returns `undefined` for an unknown path. */
export type Router<Route> = (method: string, path: string) => Match<Route> | undefined;

/** A route as the router sees it. */
export interface Routable<Route> {
  /** `*` for every method. */
  readonly method: string;
  /** Parameters numbered: `/users/:p0`. */
  readonly pattern: string;
  readonly route: Route;
}

/** The routes of a pattern. */
interface Place<Route> {
  readonly methods: Map<string, Route>;
  readonly parameters: number;
  /** The number of segments before a `*` at the end; `undefined` without one. */
  readonly restAt: number | undefined;
}

/** The method of a route that answers all of them. */
const ANY_METHOD = "*";

/** Creates a router. No two routes may have the same method and pattern. */
export function createRouter<Route>(routes: readonly Routable<Route>[]): Router<Route> {
  const byPattern = new Map<string, Place<Route>>();
  for (const { method, pattern, route } of routes) {
    let place = byPattern.get(pattern);
    if (place === undefined) {
      const restAt = pattern.endsWith("/*") ? pattern.split("/").length - 2 : undefined;
      const parameters = pattern.split("/:").length - 1;
      byPattern.set(pattern, place = { methods: new Map(), parameters, restAt });
    }
    place.methods.set(method, route);
  }
  const router = new SmartRouter<Place<Route>>({
    routers: [new RegExpRouter(), new TrieRouter()],
  });
  for (const pattern of [...byPattern.keys()].sort(compareSpecificity)) {
    router.add("ALL", pattern, byPattern.get(pattern)!);
  }
  // The first match compiles the router.
  router.match("ALL", "/");

  return (method, path) => {
    const clean = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
    const [found, stash] = router.match("ALL", clean);
    if (found.length === 0) return undefined;
    for (const [{ methods, parameters, restAt }, params] of found) {
      const route = methods.get(method) ??
        (method === "HEAD" ? methods.get("GET") : undefined) ?? methods.get(ANY_METHOD);
      if (route === undefined) continue;
      const values = valuesOf(params, stash, parameters);
      if (restAt !== undefined) values.push(restOf(path, restAt));
      return { route, params: values };
    }
    return { allow: allowed(found.map(([{ methods }]) => methods)) };
  };
}

/** Values of the numbered parameters, in order. */
function valuesOf(
  params: Readonly<Record<string, string | number>>,
  stash: readonly string[] | undefined,
  count: number,
): string[] {
  const values: string[] = [];
  for (let index = 0; index < count; index++) {
    const value = params[NAMES[index] ??= `p${index}`]!;
    values.push(stash === undefined ? value as string : stash[value as number]!);
  }
  return values;
}

/** The names of numbered parameters. */
const NAMES: string[] = [];

/** What `*` matches: the path after so many segments, without the slash before it. */
function restOf(path: string, segments: number): string {
  let slash = 0;
  for (let count = 0; count < segments; count++) {
    slash = path.indexOf("/", slash + 1);
    if (slash < 0) return "";
  }
  return path.slice(slash + 1);
}

function allowed(matches: readonly ReadonlyMap<string, unknown>[]): string[] {
  const methods = new Set(matches.flatMap((match) => [...match.keys()]));
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods].sort();
}
