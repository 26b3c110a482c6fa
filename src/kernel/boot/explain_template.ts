/** Errors of expressions that a controller evaluates, with their origin in the manifest. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { type Deferred, isDeferred, type PathSegment } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import { type ExpressionError, placeOfPart } from "../../template/expr/expression_error.ts";
import type { Services } from "./services.ts";

/**
 * Creates the errors of expressions that `owner` evaluates. The origin of an expression is looked
 * up once, because an expression may fail with every request.
 */
export function templateExplainer(
  owner: string,
  { resources, originAt }: Pick<Services, "resources" | "originAt">,
): (error: ExpressionError, deferred: Deferred) => DiglyError {
  let origins: Map<Deferred, Origin | undefined> | undefined;

  function originOf(deferred: Deferred): Origin | undefined {
    origins ??= new Map();
    if (!origins.has(deferred)) origins.set(deferred, findOrigin(deferred));
    return origins.get(deferred);
  }

  function findOrigin(deferred: Deferred): Origin | undefined {
    for (const resource of resources.all()) {
      const path = pathTo(deferred, resource);
      if (path === undefined) continue;
      return originAt(formatUrn(resource.kind, resource.metadata.name), path);
    }
    return undefined;
  }

  return (error, deferred) => {
    const origin = originOf(deferred);
    const narrowed = origin === undefined ? undefined : placeOfPart(origin, error);
    // The message names the part that failed if its place is not known.
    const problem = narrowed === undefined ? error.message : error.problem;
    return fail("ERR_EXECUTION_FAILED", { urn: owner, problem, chain: [owner] }, {
      origin: narrowed ?? origin,
      help: error.help,
      cause: error,
    });
  };
}

/** The path to `deferred` in `value`. */
function pathTo(deferred: Deferred, value: unknown): PathSegment[] | undefined {
  if (value === deferred) return [];
  if (typeof value !== "object" || value === null || isDeferred(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const rest = pathTo(deferred, item);
    if (rest !== undefined) return [Array.isArray(value) ? Number(key) : key, ...rest];
  }
  return undefined;
}
