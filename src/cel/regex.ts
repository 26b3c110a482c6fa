/** `matches`, in linear time. */
import { RE2JS } from "re2js";
import { CelError } from "./cel_error.ts";
import type { Context } from "./context.ts";

const patterns = new Map<string, RE2JS>();
const MAX_PATTERNS = 500;

/** Whether a part of `text` matches. */
export function matches(context: Context, text: string, pattern: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = compilePattern(pattern);
    if (patterns.size >= MAX_PATTERNS) patterns.clear();
    patterns.set(pattern, compiled);
  }
  context.spendText(text.length);
  return compiled.matcher(text).find();
}

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw new CelError("matches() got a string that is not a regular expression", {
      help: "Regular expressions follow RE2: no look-around and no back-references",
    });
  }
}
