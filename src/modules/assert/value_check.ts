/** Checks an `Assert.Value`. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { checkConditions } from "./conditions_check.ts";
import type { SubjectFields } from "./subject.ts";
import { check as checkSubject } from "./subject_check.ts";

/** Reports fields that exclude each other, and conditions that are not expressions. */
export function check(
  resource: RuntimeResource<SubjectFields & { expect?: string | readonly string[] }>,
  ctx: CheckContext,
): void {
  checkSubject(resource, ctx);
  checkConditions(resource.expect, ctx);
}
