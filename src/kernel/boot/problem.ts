/** Errors that point at a field of a resource, for controllers and checks. */
import { fail, type Origin } from "../../contract/errors.ts";
import type { Problem } from "../../contract/check.ts";
import type { Path } from "../../contract/resource.ts";
import type { TextPart } from "../../contract/source.ts";

/** Creates the `problem` function of a resource. */
export function createProblem(
  own: string,
  originAt: (urn: string, path: Path, part?: TextPart) => Origin | undefined,
): Problem {
  return (at, message, { resource = own, help, related = [], cause, part } = {}) =>
    fail("ERR_RESOURCE_INVALID", { urn: resource, problem: message }, {
      origin: originAt(resource, at, part),
      help,
      cause,
      related: related.flatMap((place) => {
        const origin = originAt(place.resource ?? own, place.at);
        return origin === undefined ? [] : [{ message: place.message, origin }];
      }),
    });
}
