/** Checks that no two resources answer the same requests at an address. */
import {
  type CheckContext,
  formatUrn,
  type HttpMountOffer,
  type Path,
} from "../../contract/author.ts";
import { hostsOverlap } from "./hosts.ts";
import { joinPaths, parsePath } from "./paths.ts";
import { probePaths } from "./probes.ts";
import type { ServerFields } from "./resources.ts";
import { describeConflict, type Mountables, type Mounted, routesOf } from "./routes.ts";

type Server = ServerFields & {
  readonly kind: string;
  readonly metadata: { readonly name: string };
};

/** What resources other than routes answer, by URN. */
type Offers = ReadonlyMap<string, HttpMountOffer>;

/** A field of a resource. */
interface Place {
  readonly resource: string;
  readonly at: Path;
}

/** A path that a server answers, and where it is written. */
interface Placed extends Mounted, Place {
  /** Position of its resource in the app. */
  readonly order: number;
  /** Where it is mounted, in a server that has `mounts`. */
  readonly mount: Place | undefined;
}

/** Two resources that answer the same requests, in the order of the app. */
type Conflict = readonly [Placed, Placed];

/** Reports conflicts within a server, and with `others` at its address. */
export function checkConflicts(
  server: Server,
  others: readonly Server[],
  mountables: Mountables,
  offers: Offers,
  ctx: CheckContext,
): void {
  const orders = new Map(ctx.urns().map((urn, index) => [urn, index]));
  const placesOf = (one: Server) => placedBy(one, mountables, offers, orders);
  const own = placesOf(server);
  const seen = new Set<string>();
  const report = (pair: Conflict) => {
    // A mount may have several paths, and mounting it once more is one mistake.
    const [one, other] = pair;
    const key = isRoute(one) && isRoute(other) ? undefined : `${one.urn} ${other.urn}`;
    if (key !== undefined && seen.has(key)) return;
    if (key !== undefined) seen.add(key);
    reportConflict(pair, ctx);
  };
  for (const pair of conflictsWithin(own)) report(pair);
  checkProbes(server, server, own, ctx);
  for (const other of others) {
    if (!hostsOverlap(other.hosts, server.hosts)) continue;
    const theirs = placesOf(other);
    for (const pair of conflictsBetween(theirs, own)) report(pair);
    checkProbes(server, other, theirs, ctx);
    checkProbes(other, server, own, ctx);
  }
}

function isRoute({ at }: Placed): boolean {
  return at.at(-2) === "request";
}

/** What a server answers: the routes that it mounts, and the paths of other resources. */
function placedBy(
  server: Server,
  mountables: Mountables,
  offers: Offers,
  orders: ReadonlyMap<string, number>,
): Placed[] {
  const self = formatUrn(server.kind, server.metadata.name);
  const orderOf = (urn: string) => orders.get(urn) ?? orders.size;
  const mountAt = (index: number | undefined): Place | undefined =>
    index === undefined ? undefined : { resource: self, at: ["mounts", index] };
  const routes = routesOf(server, mountables).map((route): Placed => ({
    ...route,
    resource: route.urn,
    at: [...route.at, "request", "path"],
    order: orderOf(route.urn),
    mount: mountAt(route.mount),
  }));
  const mounts = server.mounts?.map(({ path, type }, index) => ({ path, urn: type, index })) ??
    Array.from(offers.keys(), (urn) => ({ path: "/", urn, index: undefined }));
  const mounted = mounts.flatMap(({ path, urn, index }) => {
    const offer = offers.get(urn);
    if (offer === undefined) return [];
    const mount = mountAt(index);
    const all = offer.paths ?? [{ path: "*", at: undefined }];
    return all.flatMap(({ path: own, at }): Placed[] => {
      const whole = joinPaths(path, own);
      const parsed = parsePath(whole);
      if ("problem" in parsed) return [];
      const place = at === undefined ? mount ?? { resource: urn, at: [] } : { resource: urn, at };
      const { pattern } = parsed;
      const common = { urn, path: whole, pattern, source: offer, order: orderOf(urn), mount };
      return (offer.methods ?? ["*"]).map((method) => ({ ...common, ...place, method }));
    });
  });
  return [...routes, ...mounted];
}

/** The requests that two servers both answer, with different resources. */
function conflictsBetween(first: readonly Placed[], second: readonly Placed[]): Conflict[] {
  const byPattern = new Map<string, Placed[]>();
  for (const placed of first) add(byPattern, placed);
  return second.flatMap((placed) => {
    const other = byPattern.get(placed.pattern)?.find((one) => overlap(one, placed));
    return other === undefined || other.source === placed.source ? [] : [inOrder(other, placed)];
  });
}

/** Paths of one server that an earlier one answers already. */
function conflictsWithin(places: readonly Placed[]): Conflict[] {
  const byPattern = new Map<string, Placed[]>();
  return places.flatMap((placed) => {
    const other = byPattern.get(placed.pattern)?.find((one) => overlap(one, placed));
    if (other !== undefined) return [inOrder(other, placed)];
    add(byPattern, placed);
    return [];
  });
}

function add(byPattern: Map<string, Placed[]>, placed: Placed): void {
  const same = byPattern.get(placed.pattern);
  if (same === undefined) byPattern.set(placed.pattern, [placed]);
  else same.push(placed);
}

function overlap(one: Mounted, other: Mounted): boolean {
  return one.method === other.method || one.method === "*" || other.method === "*";
}

/** The same pair, whichever server finds it: one mistake is reported once. */
function inOrder(one: Placed, other: Placed): Conflict {
  return one.order <= other.order ? [one, other] : [other, one];
}

function reportConflict([one, other]: Conflict, ctx: CheckContext): void {
  const isTwice = one.source === other.source;
  const { resource, at } = isTwice ? other.mount ?? other : other;
  const first = isTwice ? one.mount ?? one : one;
  const what = one.method === "*"
    ? `${one.path} of ${one.urn}`
    : `${one.method} ${one.path} of ${one.urn}`;
  ctx.report(ctx.problem(at, describeConflict(one, other), {
    resource,
    help: isTwice ? "Remove one of the mounts" : helpFor([one, other]),
    related: [{ ...first, message: isTwice ? "the first mount" : what }],
  }));
}

function helpFor(pair: Conflict): string {
  if (pair.every(isRoute)) {
    return "Change the method or path of one of them, or give their servers different `hosts`";
  }
  return pair.every(({ mount }) => mount === undefined)
    ? "Write `mounts` in the server, with a path for each of them"
    : "Give one of them another path, or give their servers different `hosts`";
}

/** Reports resources at the built-in paths of a server at the same address. */
function checkProbes(
  asking: Server,
  serving: Server,
  places: readonly Placed[],
  ctx: CheckContext,
): void {
  const owned = probePaths(asking);
  if (owned.size === 0) return;
  const reader = formatUrn(asking.kind, asking.metadata.name);
  for (const { urn, resource, at, method, path, pattern } of places) {
    const field = owned.get(pattern);
    if (field === undefined) continue;
    const what = method === "*" ? `${path} of ${urn}` : `${method} ${path} of ${urn}`;
    ctx.report(ctx.problem(at, `\`${field}: true\` answers at ${pattern}, and so does ${what}`, {
      resource,
      help: "Give it another path, or mount it below one",
      related: [
        { resource: reader, at: [field], message: `\`${field}\` of ${reader}` },
        ...(asking === serving ? [] : [{
          resource: formatUrn(serving.kind, serving.metadata.name),
          at: ["port"],
          message: "the server that mounts it, at the same address",
        }]),
      ],
    }));
  }
}
