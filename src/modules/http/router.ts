/**
 * Finds the route of a request, and the methods of a path. Patterns are a tree of segments: a regular
 * expression of all of them costs tens of times as much, since it has a group for each parameter.
 */

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

/** The routes of a pattern, by method. */
type Methods<Route> = Map<string, Route>;

/** What may follow after some segments. */
interface Node<Route> {
  readonly texts: Map<string, Node<Route>>;
  parameter: Node<Route> | undefined;
  /** The routes of the pattern that ends here. */
  end: Methods<Route> | undefined;
  /** The routes of the pattern that continues with `*`, which also matches nothing. */
  rest: Methods<Route> | undefined;
}

/** The method of a route that answers all of them. */
const ANY_METHOD = "*";

/** Creates a router. No two routes may have the same method and pattern. */
export function createRouter<Route>(routes: readonly Routable<Route>[]): Router<Route> {
  const root = createNode<Route>();
  /** The matches of patterns without parameters, which come before all others. */
  const exact = new Map<string, Methods<Match<Route>>>();
  for (const { method, pattern, route } of routes) {
    methodsAt(root, pattern).set(method, route);
    if (/\/[:*]/.test(pattern)) continue;
    let matches = exact.get(pattern);
    if (matches === undefined) exact.set(pattern, matches = new Map());
    matches.set(method, { route, params: [] });
  }

  return (method, path) => {
    const match = routeOf(exact.get(path), method);
    if (match !== undefined) return match;
    const length = path.endsWith("/") ? path.length - 1 : path.length;
    // Without a segment, it ends before the first one.
    const end = length === 1 ? 0 : length;
    const params: string[] = [];
    const route = find(root, method, path, 1, end, params);
    if (route !== undefined) return { route, params };
    const all = methodsOf(root, path, 1, end);
    return all.size === 0 ? undefined : { allow: [...all].sort() };
  };
}

function createNode<Route>(): Node<Route> {
  return { texts: new Map(), parameter: undefined, end: undefined, rest: undefined };
}

/** The routes of a pattern, which is added if it is new. */
function methodsAt<Route>(root: Node<Route>, pattern: string): Methods<Route> {
  let node = root;
  const segments = pattern === "/" ? [] : pattern.slice(1).split("/");
  for (const segment of segments) {
    if (segment === "*") return node.rest ??= new Map();
    if (segment.startsWith(":")) node = node.parameter ??= createNode();
    else {
      let next = node.texts.get(segment);
      if (next === undefined) node.texts.set(segment, next = createNode());
      node = next;
    }
  }
  return node.end ??= new Map();
}

/**
 * The first route for the segments from `start` on: text before parameters, and parameters before `*`.
 * Adds the values of its parameters.
 */
function find<Route>(
  node: Node<Route>,
  method: string,
  path: string,
  start: number,
  end: number,
  params: string[],
): Route | undefined {
  let route: Route | undefined;
  if (start > end) route = routeOf(node.end, method);
  else {
    const segmentEnd = endOfSegment(path, start, end);
    const segment = path.slice(start, segmentEnd);
    const next = node.texts.get(segment);
    if (next !== undefined) route = find(next, method, path, segmentEnd + 1, end, params);
    if (route === undefined && node.parameter !== undefined && segment !== "") {
      params.push(segment);
      route = find(node.parameter, method, path, segmentEnd + 1, end, params);
      if (route === undefined) params.pop();
    }
  }
  if (route !== undefined || node.rest === undefined) return route;
  route = routeOf(node.rest, method);
  // Its value has the slash at the end, if there is one.
  if (route !== undefined) params.push(path.slice(start));
  return route;
}

function endOfSegment(path: string, start: number, end: number): number {
  const slash = path.indexOf("/", start);
  return slash < 0 || slash > end ? end : slash;
}

function routeOf<Route>(methods: Methods<Route> | undefined, method: string): Route | undefined {
  if (methods === undefined) return undefined;
  return methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined) ??
    methods.get(ANY_METHOD);
}

/** The methods of all patterns that match the segments from `start` on. */
function methodsOf<Route>(
  node: Node<Route>,
  path: string,
  start: number,
  end: number,
  all: Set<string> = new Set(),
): Set<string> {
  const add = (methods: Methods<Route> = new Map()) => {
    for (const method of methods.keys()) all.add(method);
    if (methods.has("GET")) all.add("HEAD");
  };
  if (start > end) add(node.end);
  else {
    const segmentEnd = endOfSegment(path, start, end);
    const segment = path.slice(start, segmentEnd);
    const next = [node.texts.get(segment), segment === "" ? undefined : node.parameter];
    for (const one of next) {
      if (one !== undefined) methodsOf(one, path, segmentEnd + 1, end, all);
    }
  }
  add(node.rest);
  return all;
}
