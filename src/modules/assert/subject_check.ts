/** Checks what an assertion is about. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import type { SubjectFields } from "./subject.ts";

/** Reports fields that exclude each other. */
export function check(
  { value, execute, inputs }: RuntimeResource<SubjectFields>,
  ctx: CheckContext,
): void {
  if (value !== undefined && execute !== undefined) {
    ctx.report(ctx.problem(["value"], "it cannot have both `value` and `execute`", {
      help: "Remove one of them",
      related: [{ at: ["execute"], message: "the value is the result of this" }],
    }));
  }
  if (inputs !== undefined && execute === undefined) {
    ctx.report(ctx.problem(["inputs"], "`inputs` needs `execute`", {
      help: "Say in `execute` which resource they are for",
    }));
  }
}
