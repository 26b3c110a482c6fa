/** Checks arguments of the public API: an invalid one is an `ERR_USAGE`. */
import { fail } from "../contract/errors.ts";
import { isCount, isPlainObject, wrongArgument } from "../contract/wrong_argument.ts";
import { didYouMean } from "./nearest.ts";
import { ownValue } from "../contract/own_key.ts";

/** A path as text, given as one or as a `file:` URL. */
export function requirePath(value: unknown, name: string): string {
  const path = value instanceof URL ? value.href : value;
  if (typeof path !== "string" || path === "") {
    throw wrongArgument(name, "a path or a URL", value);
  }
  if (path.includes("\0")) {
    throw fail("ERR_USAGE", { problem: `\`${name}\` contains a NUL character, as no path does` });
  }
  return path;
}

/** Options, `undefined` for none of them. */
export function requireOptions<Options extends object>(
  value: Options | undefined,
  name: string,
): Partial<Options> {
  if (value === undefined) return {};
  if (isPlainObject(value)) return value;
  throw wrongArgument(name, "an object", value);
}

/** The type of an option, as `typeof` names it. */
export type OptionType = "string" | "number" | "boolean" | "function" | "object";

/** Throws for options that do not exist or are of a wrong type; `undefined` is always allowed. */
export function checkOptions(
  options: object,
  types: Readonly<Record<string, OptionType>>,
  name: string,
): void {
  for (const [key, value] of Object.entries(options)) {
    const type = ownValue(types, key);
    if (type === undefined) {
      const known = Object.keys(types);
      throw fail("ERR_USAGE", { problem: `\`${name}\` have no option "${key}"` }, {
        help: didYouMean(key, known) ?? `Valid options are ${known.join(", ")}`,
      });
    }
    if (value === undefined || isOfType(value, type)) continue;
    throw wrongArgument(`${name}.${key}`, type === "object" ? "an object" : `a ${type}`, value);
  }
}

/** Times and counts must be finite and not negative. */
function isOfType(value: unknown, type: string): boolean {
  if (typeof value !== type || value === null) return false;
  return type !== "number" || isCount(value);
}
