/** Errors of expressions that a controller evaluates, with their origin in the manifest. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import type { Deferred } from "../../contract/resource.ts";
import { type ExpressionError, placeOfPart } from "../../template/expr/expression_error.ts";
import type { Services } from "./services.ts";

/** Where an expression is written: a server evaluates those of its routes. */
interface Source {
  readonly urn: string;
  readonly origin: Origin | undefined;
}

/** Creates the errors of expressions that `owner` evaluates. */
export function templateExplainer(
  owner: string,
  { expressions, originAt }: Pick<Services, "expressions" | "originAt">,
): (error: ExpressionError, deferred: Deferred) => DiglyError {
  // Looked up once, because an expression may fail with every request.
  const sources = new Map<Deferred, Source>();

  function sourceOf(deferred: Deferred): Source {
    let source = sources.get(deferred);
    if (source === undefined) {
      const place = expressions.places.find(deferred, owner);
      source = { urn: place?.urn ?? owner, origin: place && originAt(place.urn, place.path) };
      sources.set(deferred, source);
    }
    return source;
  }

  return (error, deferred) => {
    const { urn, origin } = sourceOf(deferred);
    const narrowed = origin === undefined ? undefined : placeOfPart(origin, error);
    // The message names the part that failed if its place is not known.
    const problem = narrowed === undefined ? error.message : error.problem;
    return fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [owner] }, {
      origin: narrowed ?? origin,
      help: error.help,
      cause: error,
    });
  };
}
