/** `matches`, in linear time. */
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { Automaton } from "./automaton.ts";
import { nativeOf, turnsPerCharacter } from "./native.ts";
import { parsePattern } from "./pattern.ts";
import { PatternError, PatternSizeError } from "./pattern_error.ts";

type Matcher = { readonly native: RegExp; readonly turns: number } | Automaton;

const matchers = new Map<string, Matcher>();
const MAX_MATCHERS = 500;
/** The longest pattern; whoever needs more can write several. */
const MAX_PATTERN = 10_000;

/** What compiling a character of a pattern costs. */
const COMPILE_STEPS = 16;
/** What compiling a Unicode class such as `\\pL` costs in addition: it has hundreds of ranges. */
const UNICODE_CLASS_STEPS = 500;
const UNICODE_CLASS = /\\p/gi;

/** Whether a part of `text` matches. */
export function matches(context: Context, text: string, pattern: string): boolean {
  let matcher = matchers.get(pattern);
  if (matcher === undefined) {
    // An expression can make any number of patterns, and compiling one takes longer than using it.
    const classes = pattern.match(UNICODE_CLASS)?.length ?? 0;
    context.spend(pattern.length * COMPILE_STEPS + classes * UNICODE_CLASS_STEPS);
    matcher = compilePattern(pattern);
    if (matcher instanceof Automaton) context.spend(matcher.size);
    if (matchers.size >= MAX_MATCHERS) matchers.clear();
    matchers.set(pattern, matcher);
  }
  context.spend(1);
  if (matcher instanceof Automaton) return matcher.test(text, context);
  const { native, turns } = matcher;
  context.spendText(text.length * turns);
  native.lastIndex = 0;
  return native.test(text);
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
    if (text.length > MAX_PATTERN) throw new PatternSizeError("is too long");
    const pattern = parsePattern(text);
    const native = nativeOf(pattern);
    return native === undefined
      ? new Automaton(pattern)
      : { native, turns: turnsPerCharacter(pattern) };
  } catch (error) {
    if (error instanceof PatternSizeError) {
      throw new CelError("matches() got a regular expression that is too large", {
        help:
          `It may have ${MAX_PATTERN} characters, and as many with its repetitions written out: ` +
          "write smaller ones, no more than {1000}, or compare size(…) as well",
      });
    }
    if (!(error instanceof PatternError)) throw error;
    throw new CelError(
      `matches() got a string that is not a regular expression of RE2: ${error.message}`,
      { help: error.help },
    );
  }
}
