/** `Assert.Value`: conditions that must be true of a value. */
import { type Controller, defineController, differenceLines } from "../../contract/author.ts";
import { compileConditions, failed } from "./failure.ts";
import { assertion, type SubjectFields } from "./subject.ts";

const controller: Controller = defineController<
  SubjectFields & { expect?: string | readonly string[]; equals?: unknown }
>({
  create(resource, ctx) {
    const checkConditions = compileConditions(resource.expect, ctx);
    const equals = resource.equals === undefined ? undefined : ctx.template(resource.equals);
    return assertion(resource, ctx, (value, input) => {
      if (equals !== undefined) {
        const lines = differenceLines(value, equals({ input }));
        if (lines.length > 0) {
          throw failed(ctx, ["equals"], [
            "The value is not equal to the expected one",
            ...lines.map((line) => `  ${line}`),
          ]);
        }
      }
      checkConditions({ value, input });
    });
  },
});

export default controller;
