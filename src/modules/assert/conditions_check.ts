/** Checks the conditions of an assertion. */
import { type CheckContext, isDiglyError } from "../../contract/author.ts";
import { pathsOf } from "./failure.ts";

/** Reports conditions that are not expressions. */
export function checkConditions(
  expect: string | readonly string[] | undefined,
  ctx: CheckContext,
): void {
  for (const { text, at } of pathsOf(expect ?? [])) {
    try {
      ctx.expression(text, at, { type: "boolean" });
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      ctx.report(error);
    }
  }
}
