/** `Log.Entry`: writes a line to the log when it is executed. */
import {
  type Controller,
  defineController,
  type Late,
  type Logger,
} from "../../contract/author.ts";
import { inputCheck } from "./input_check.ts";

/** The fields of a `Log.Entry`. */
interface EntryFields {
  readonly message: unknown | Late<unknown>;
  readonly level: keyof Logger;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly inputSchema?: unknown;
}

const controller: Controller = defineController<EntryFields>({
  async create(resource, ctx) {
    const { level } = resource;
    const message = ctx.template(resource.message);
    const fields = ctx.template(resource.fields);
    const checkInput = await inputCheck(resource, ctx);
    return {
      execute(input, context) {
        checkInput(input);
        const values = fields({ input });
        context.log[level](
          textOf(message({ input })),
          Object.keys(values).length === 0 ? undefined : values,
        );
        return null;
      },
    };
  },
});

export default controller;

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
