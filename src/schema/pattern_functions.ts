/** What compiles the patterns of JSON Schemas, made of a library that is loaded when one has a pattern. */
import type { RE2JS } from "re2js";
import { nativeOf } from "../cel/regex/native.ts";
import { parsePattern } from "../cel/regex/pattern.ts";
import { PatternError } from "../cel/regex/pattern_error.ts";

/** The class of the library of patterns. */
export type PatternClass = typeof RE2JS;

/** The functions that compile patterns. */
export interface PatternLibrary extends Pick<PatternClass, "compile" | "translateRegExp"> {
  /** The host's own expression, which is ten times as fast, if it is certain to take linear time. */
  native(translated: string): RegExp | undefined;
}

/** The functions, by the class of the library. */
export function patternFunctions(library: PatternClass): PatternLibrary {
  return {
    compile: library.compile.bind(library),
    translateRegExp: library.translateRegExp.bind(library),
    native(translated) {
      try {
        return nativeOf(parsePattern(translated));
      } catch (error) {
        // The syntax of the library goes a little further.
        if (error instanceof PatternError) return undefined;
        throw error;
      }
    },
  };
}
