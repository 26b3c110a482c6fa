/** Finds in JSON text what parsing cannot take or hides: deep nesting, and numbers that are rounded. */

/** Code units of the characters that matter. */
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;
const ZERO = 48;
const NINE = 57;

/** Every integer of 15 digits is exact. */
const EXACT_DIGITS = 15;

/** The length of `1e16`, the shortest integer that is not exact. */
const SHORTEST_ROUNDED = 4;

/**
 * What {@link inspectJson} finds.
 *
 * @example
 * const { nesting, mayRound }: JsonShape = inspectJson(text, 100, true);
 */
export interface JsonShape {
  /** The deepest nesting, or one more than the limit. */
  readonly nesting: number;
  /** True if some number may be an integer beyond those that are exact. */
  readonly mayRound: boolean;
}

/**
 * Looks through JSON before it is parsed: parsers and what walks their result are recursive.
 * Text too short for either finding is not looked at.
 *
 * @example
 * const { nesting } = inspectJson(text, 100, false);
 * if (nesting > 100) throw fail("ERR_EXECUTION_FAILED", { problem: "The JSON nests too deeply" });
 * const value: unknown = JSON.parse(text);
 */
export function inspectJson(
  text: string,
  maxNesting: number,
  findsRounded: boolean,
): JsonShape {
  const couldNest = text.length > 2 * maxNesting;
  const couldRound = findsRounded && text.length >= SHORTEST_ROUNDED;
  if (!couldNest && !couldRound) return { nesting: 0, mayRound: false };
  let nesting = 0;
  let deepest = 0;
  let digits = 0;
  let mayRound = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) {
      if (++digits > EXACT_DIGITS) mayRound = true;
      continue;
    }
    // `1e30` is an integer too.
    if (digits > 0 && (code | 32) === 101) mayRound = true;
    digits = 0;
    if (code === QUOTE) {
      index++;
      while (index < text.length && text.charCodeAt(index) !== QUOTE) {
        index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
      }
    } else if (code === OPEN_LIST || code === OPEN_MAP) {
      if (++nesting > deepest) deepest = nesting;
      if (nesting > maxNesting) break;
    } else if (code === CLOSE_LIST || code === CLOSE_MAP) nesting--;
  }
  return { nesting: deepest, mayRound: mayRound && findsRounded };
}
