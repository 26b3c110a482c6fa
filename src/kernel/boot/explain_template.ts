/** What goes wrong in an expression that a controller evaluates, with its place in the manifest. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { type Deferred, isDeferred, type PathSegment } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import { type ExpressionError, placeOfPart } from "../../template/expr/expression_error.ts";
import type { Services } from "./context.ts";

/**
 * Makes the errors of the expressions that `owner` evaluates. Whose they are, and where they
 * stand, is looked up when one first fails: what fails with every request should not cost
 * more each time.
 */
export function templateExplainer(
  owner: string,
  { resources, originAt }: Pick<Services, "resources" | "originAt">,
): (error: ExpressionError, deferred: Deferred) => DiglyError {
  let places: Map<Deferred, Origin | undefined> | undefined;

  function placeOf(deferred: Deferred): Origin | undefined {
    places ??= new Map();
    if (!places.has(deferred)) places.set(deferred, find(deferred));
    return places.get(deferred);
  }

  function find(deferred: Deferred): Origin | undefined {
    for (const resource of resources.all()) {
      const path = pathTo(deferred, resource);
      if (path === undefined) continue;
      return originAt(formatUrn(resource.kind, resource.metadata.name), path);
    }
    return undefined;
  }

  return (error, deferred) => {
    const origin = placeOf(deferred);
    const narrowed = origin === undefined ? undefined : placeOfPart(origin, error);
    // Where the source does not show the part that failed, the message does.
    const problem = narrowed === undefined ? error.message : error.problem;
    return fail("ERR_EXECUTION_FAILED", { urn: owner, problem, chain: [owner] }, {
      origin: narrowed ?? origin,
      help: error.help,
      cause: error,
    });
  };
}

/** Where `deferred` stands in `value`. */
function pathTo(deferred: Deferred, value: unknown): PathSegment[] | undefined {
  if (value === deferred) return [];
  if (typeof value !== "object" || value === null || isDeferred(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const rest = pathTo(deferred, item);
    if (rest !== undefined) return [Array.isArray(value) ? Number(key) : key, ...rest];
  }
  return undefined;
}
