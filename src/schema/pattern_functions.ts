/** What compiles the patterns of JSON Schemas, made of a library that is loaded when one has a pattern. */
import { nativeOf } from "../cel/regex/native.ts";
import { parsePattern } from "../cel/regex/pattern.ts";
import { PatternError } from "../cel/regex/pattern_error.ts";

/** A compiled pattern. */
interface CompiledPattern {
  programSize(): number;
  matcher(text: string): { find(): boolean };
}

/** What is used of the library's class. Its own types are not installed with the package. */
export interface PatternClass {
  compile(pattern: string): CompiledPattern;
  translateRegExp(pattern: string): string;
}

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
