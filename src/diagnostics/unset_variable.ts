/** Says what to do about a variable of the environment that is not set. */
import { didYouMean } from "./nearest.ts";

/** The help for a variable that is not set, while those in `set` are. */
export function helpForUnset(name: string, set: Iterable<string>): string {
  return didYouMean(name, set) ??
    `Set ${name}, or give a default: has(env.${name}) ? env.${name} : 'text', ` +
      `or for a number has(env.${name}) ? int(env.${name}) : 8080`;
}
