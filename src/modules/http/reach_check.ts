/** Says which middleware runs before the expressions of what a server mounts, for the check of types. */
import type { CheckContext, HttpMountOffer } from "../../contract/author.ts";
import type { ServerFields } from "./resources.ts";
import type { Mountables } from "./routes.ts";

const CONTRACT = "Http.Middleware";

const HELP = {
  auth: "Import digly:auth, and add an Auth.ApiKey, Auth.Basic or Auth.Bearer to `use`",
  id: "Add an Http.RequestId to `use`",
};

/**
 * Names the middleware around each route and mount of a server, and the one before each middleware.
 * A server without `mounts` mounts all of them but groups.
 */
export function declareReach(
  { mounts, use = [] }: ServerFields,
  mountables: Mountables,
  offers: ReadonlyMap<string, HttpMountOffer>,
  ctx: CheckContext,
): void {
  /** What runs before the middleware of a list, which begins with that of the server. */
  function declareList(list: readonly string[]): void {
    for (const [index, urn] of list.entries()) {
      ctx.provideTo(urn, CONTRACT, list.slice(0, index), { help: HELP });
    }
  }

  declareList(use);
  const named = mounts?.map(({ type }) => type) ?? [
    ...[...mountables].filter(([, routes]) => routes[0]?.at.length === 0).map(([urn]) => urn),
    ...offers.keys(),
  ];
  for (const urn of new Set(named)) {
    for (const { at, use: own } of mountables.get(urn) ?? []) {
      const list = [...use, ...own];
      ctx.provideTo(urn, CONTRACT, list, { stars: at.slice(1), help: HELP });
      declareList(list);
    }
    const offer = offers.get(urn);
    if (offer === undefined) continue;
    const list = [...use, ...offer.use ?? []];
    ctx.provideTo(urn, CONTRACT, list, { help: HELP });
    declareList(list);
  }
}
