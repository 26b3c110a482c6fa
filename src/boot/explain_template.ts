/** What goes wrong in an expression that a controller evaluates, with its place in the manifest. */
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import {
  type Deferred,
  isDeferred,
  type Path,
  type PathSegment,
  type RuntimeResource,
} from "../contract/resource.ts";
import { type ExpressionError, placeOfPart } from "../expr/expression_error.ts";

/**
 * Makes the errors of one resource's expressions. The place of each expression is looked up
 * when it first fails: one that fails with every request should not cost more each time.
 */
export function templateExplainer(
  owner: string,
  resource: RuntimeResource | undefined,
  originAt: (path: Path) => Origin | undefined,
): (error: ExpressionError, deferred: Deferred) => DiglyError {
  let places: Map<Deferred, Origin | undefined> | undefined;

  function placeOf(deferred: Deferred): Origin | undefined {
    places ??= new Map();
    if (places.has(deferred)) return places.get(deferred);
    const path = pathTo(deferred, resource);
    const origin = path === undefined ? undefined : originAt(path);
    places.set(deferred, origin);
    return origin;
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
