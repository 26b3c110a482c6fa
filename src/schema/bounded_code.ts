/**
 * Makes the code that the schema library generates spend from the budget of
 * `contract/validation_budget.ts`. The library is asked to write one statement per line, and
 * strings contain no line breaks, so a line that looks like a statement is one.
 */
import * as budget from "../contract/validation_budget.ts";

/** The functions that bounded code calls, by the name it calls them by. */
export const BUDGET_FUNCTIONS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  $step: budget.step,
  $enter: budget.enter,
  $leave: budget.leave,
  $record: budget.record,
  $join: budget.join,
  $rewind: budget.rewind,
};

const REWRITES: readonly (readonly [RegExp, string])[] = [
  // The comment quotes the schema's `$id`, which could end the comment and continue as code.
  [/^\/\*# sourceURL=.*\n/gm, ""],
  [/^let vErrors = null;$/gm, "$$enter();\nlet vErrors = null;"],
  [/^return errors === 0;$/gm, "$$leave();\nreturn errors === 0;"],
  [/^(?:for|while)\s*\(.*\{$/gm, "$&\n$$step();"],
  [/^errors\+\+;$/gm, "errors++;\n$$step();"],
  [/^vErrors\.push\((\w+)\);$/gm, "$$record(vErrors, $1);"],
  [/^vErrors\.length = (\w+);$/gm, "$$rewind(vErrors, $1);"],
  // The library copies the whole list for every part that fails.
  [
    /^vErrors = vErrors === null \? ([\w.]+)\.errors : vErrors\.concat\(\1\.errors\);\nerrors = vErrors\.length;$/gm,
    "vErrors = $$join(vErrors, $1.errors);\nerrors += $1.errors.length;",
  ],
];

/** Bounds the code of one validator or several. Throws for code of another form than is known. */
export function boundCode(code: string): string {
  let bounded = code;
  for (const [pattern, replacement] of REWRITES) bounded = bounded.replace(pattern, replacement);
  const count = (text: string) => bounded.split(`\n${text}`).length;
  if (count("$enter();") !== count("$leave();") || /^[^"]*\bvErrors\.(?!length)/m.test(bounded)) {
    throw new Error("The schema library generates code of a form that cannot be bounded");
  }
  return bounded;
}
