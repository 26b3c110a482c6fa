/** What matches patterns in linear time, imported when a schema has a pattern. */
import { RE2JS } from "re2js";
import { patternFunctions, type PatternLibrary } from "./pattern_functions.ts";

export const PATTERNS: PatternLibrary = patternFunctions(RE2JS);
