/** Why an expression has the result that it has, in lines for people. */
import type { Explanation } from "../contract/templates.ts";
import { differenceLines, showValue } from "./difference.ts";

/**
 * The values of the parts of an expression, and where the sides of `==` differ, one line for each.
 *
 * @example
 * const expect = ctx.expression<boolean>("output.total == 3", ["expect"]) as Expression<boolean>;
 * for (const line of explanationLines(expect.explain({ output: { total: 2 } }))) ctx.log.error(line);
 */
export function explanationLines({ parts, unequal }: Explanation): string[] {
  const lines = parts.map(({ text, value, problem }) =>
    problem === undefined ? `${text} is ${showValue(value)}` : `${text} fails: ${problem}`
  );
  for (const { actual, expected } of unequal) {
    if (!isContainer(actual) || !isContainer(expected)) continue;
    lines.push("difference:", ...differenceLines(actual, expected).map((line) => `  ${line}`));
  }
  return lines;
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
