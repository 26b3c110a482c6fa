/** Errors of expressions that a controller evaluates, with their origin in the manifest. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import type { Deferred } from "../../contract/resource.ts";
import { type ExpressionError, placeOfPart } from "../../template/expr/expression_error.ts";
import type { Services } from "./services.ts";

/** Creates the errors of expressions that `owner` evaluates. */
export function templateExplainer(
  owner: string,
  { expressions, originAt }: Pick<Services, "expressions" | "originAt">,
): (error: ExpressionError, deferred: Deferred) => DiglyError {
  // Looked up once, because an expression may fail with every request.
  const origins = new Map<Deferred, Origin | undefined>();

  function originOf(deferred: Deferred): Origin | undefined {
    if (!origins.has(deferred)) {
      const place = expressions.places.find(deferred, owner);
      origins.set(deferred, place && originAt(place.urn, place.path));
    }
    return origins.get(deferred);
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
