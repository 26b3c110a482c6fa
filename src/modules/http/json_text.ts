/** Integers in the JSON text of a request that parsing rounds. */
import { type Validator, valueAt } from "../../contract/author.ts";

/** Strings, which are passed over, and numbers. */
const STRINGS_AND_NUMBERS = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The paths of integers that are too large to be exact where the schema asks for an integer.
 * Such numbers are replaced by a fraction: the schema refuses it just where it wants an integer.
 */
export function roundedIntegers(
  text: string,
  value: unknown,
  validator: Validator,
): (readonly (string | number)[])[] {
  const fractions: unknown = JSON.parse(
    text.replace(STRINGS_AND_NUMBERS, (token) => isRounded(token) ? "0.5" : token),
  );
  return validator(fractions).violations
    .filter(({ keyword, path }) => keyword === "type" && isUnsafe(valueAt(value, path)))
    .map(({ path }) => path);
}

function isRounded(token: string): boolean {
  return !token.startsWith('"') && isUnsafe(Number(token));
}

/** An integer beyond the largest number, such as `1e400`, is infinite after parsing. */
function isUnsafe(value: unknown): boolean {
  if (value === Infinity || value === -Infinity) return true;
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}
