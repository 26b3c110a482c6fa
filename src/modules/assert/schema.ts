/** `Assert.Schema`: a value must match a JSON Schema. */
import {
  type Controller,
  defineController,
  formatField,
  showValue,
  valueAt,
  type Violation,
} from "../../contract/author.ts";
import { failed } from "./failure.ts";
import { assertion, type SubjectFields } from "./subject.ts";

const controller: Controller = defineController<SubjectFields & { schema: unknown }>({
  async create(resource, ctx) {
    const validate = await ctx.validator(resource.schema);
    return assertion(resource, ctx, (value) => {
      const { violations } = validate(value);
      if (violations.length === 0) return;
      throw failed(ctx, ["schema"], [
        "The value does not match the schema",
        ...violations.map((violation) => `  ${lineOf(violation, value)}`),
      ]);
    });
  },
});

export default controller;

function lineOf({ path, message, keyword, nearest }: Violation, value: unknown): string {
  const place = formatField(["value", ...path]);
  const hint = nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
  const isAbsent = keyword === "required" || nearest !== undefined;
  return `${place} ${message}${hint}${
    isAbsent ? "" : `, and is ${showValue(valueAt(value, path))}`
  }`;
}
