/**
 * The URNs that exist while resources are validated, for the `digly-urn` format and keyword.
 */
import { formatUrn } from "./urn.ts";

let known: (urn: string) => boolean = () => true;

/** Runs `check`, which is synchronous, with `isKnown` deciding which URNs exist. */
export function withUrns<T>(isKnown: (urn: string) => boolean, check: () => T): T {
  const before = known;
  known = isKnown;
  try {
    return check();
  } finally {
    known = before;
  }
}

/** True if a string is the URN of a resource, and always while nothing is validated. */
export function isKnownUrn(urn: string): boolean {
  return known(urn);
}

/** Whether `{kind, name}`, or `{name}` with a whole URN, names a resource. */
export function namesResource({ kind, name }: Record<string, unknown>): boolean {
  if (typeof name !== "string") return true;
  return known(typeof kind === "string" ? formatUrn(kind, name) : name);
}
