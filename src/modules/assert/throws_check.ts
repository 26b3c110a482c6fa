/** Checks the conditions of an `Assert.Throws`. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { checkConditions } from "./conditions_check.ts";

/** Reports conditions that are not expressions. */
export function check(
  { expect }: RuntimeResource<{ expect?: string | readonly string[] }>,
  ctx: CheckContext,
): void {
  checkConditions(expect, ctx);
}
