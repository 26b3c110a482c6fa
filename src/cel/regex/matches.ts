/** `matches`, in linear time. */
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { Automaton } from "./automaton.ts";
import { nativeOf } from "./native.ts";
import { parsePattern } from "./pattern.ts";
import { PatternError } from "./pattern_error.ts";

type Matcher = RegExp | Automaton;

const matchers = new Map<string, Matcher>();
const MAX_MATCHERS = 500;
/** The longest pattern; whoever needs more can write several. */
const MAX_PATTERN = 10_000;

/** What a character of a pattern costs, most of it for the proof that the pattern is linear. */
const NATIVE_STEPS = 16;

/** Whether a part of `text` matches. */
export function matches(context: Context, text: string, pattern: string): boolean {
  let matcher = matchers.get(pattern);
  if (matcher === undefined) {
    matcher = compilePattern(pattern);
    // An expression can make any number of patterns, and compiling one takes longer than using it.
    context.spend(
      matcher instanceof RegExp ? pattern.length * NATIVE_STEPS : pattern.length + matcher.size,
    );
    if (matchers.size >= MAX_MATCHERS) matchers.clear();
    matchers.set(pattern, matcher);
  }
  if (matcher instanceof RegExp) {
    context.spendText(text.length);
    matcher.lastIndex = 0;
  } else context.spendText(text.length * matcher.size);
  return matcher.test(text);
}

/** What is wrong with a pattern, if it is not one. */
export function patternError(pattern: string): CelError | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error as CelError;
  }
}

function compilePattern(text: string): Matcher {
  try {
    if (text.length > MAX_PATTERN) throw new PatternError("is too long");
    const pattern = parsePattern(text);
    return nativeOf(pattern) ?? new Automaton(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new CelError("matches() got a string that is not a regular expression", {
      help: "Regular expressions follow RE2: no look-around and no back-references",
    });
  }
}
