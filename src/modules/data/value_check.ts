/** Checks that a `Data.Value` matches its schema. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";

/** Reports every part of the value that does not match. */
export async function check(
  { value, schema }: RuntimeResource<{ value: unknown; schema?: unknown }>,
  ctx: CheckContext,
): Promise<void> {
  if (schema === undefined) return;
  const validate = await ctx.validator(schema);
  for (const { path, message } of validate(value).violations) {
    ctx.report(ctx.problem(["value", ...path], message));
  }
}
