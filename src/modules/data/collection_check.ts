/** Checks the items and the filter of a `Data.Collection`. */
import { type CheckContext, isDiglyError, type RuntimeResource } from "../../contract/author.ts";
import type { CollectionFields } from "./collection.ts";

/** Reports items that do not match, keys that are missing or duplicated, and a wrong filter. */
export async function check(
  { items, schema, key, filter, maxItems }: RuntimeResource<CollectionFields>,
  ctx: CheckContext,
): Promise<void> {
  if (items.length > maxItems) {
    ctx.report(ctx.problem(["items"], `it has more than ${maxItems} items`, {
      help: "Raise `maxItems`",
    }));
  }
  if (schema !== undefined) {
    const validate = await ctx.validator(schema);
    for (const [index, item] of items.entries()) {
      for (const { path, message } of validate(item).violations) {
        ctx.report(ctx.problem(["items", index, ...path], message));
      }
    }
  }
  if (key !== undefined) checkKeys(items, key, ctx);
  if (filter === undefined) return;
  try {
    ctx.expression(filter, ["filter"], { type: "boolean" });
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    ctx.report(error);
  }
}

function checkKeys(items: readonly unknown[], key: string, ctx: CheckContext): void {
  const places = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const value = (item as Readonly<Record<string, unknown>> | null)?.[key];
    if (value === undefined) {
      ctx.report(ctx.problem(["items", index], `the key \`${key}\` is missing`));
      continue;
    }
    const first = places.get(value);
    if (first === undefined) places.set(value, index);
    else {
      ctx.report(
        ctx.problem(["items", index, key], `the key ${JSON.stringify(value)} is duplicated`, {
          related: [{ at: ["items", first, key], message: "the first item with it" }],
        }),
      );
    }
  }
}
