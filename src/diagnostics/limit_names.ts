/** Suggests names of limits. */
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { didYouMean } from "./nearest.ts";

/** The help for an unknown limit. */
export function helpForLimitName(name: string): string {
  const names = Object.keys(DEFAULT_LIMITS);
  return didYouMean(name, names) ?? `The limits are ${names.join(", ")}`;
}
