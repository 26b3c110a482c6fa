/** `Assert.Throws`: an execution must fail. */
import {
  type Controller,
  defineController,
  type DiglyError,
  type Late,
  showValue,
} from "../../contract/author.ts";
import { atStart } from "./at_start.ts";
import { compileConditions, failed } from "./failure.ts";

/** The fields of an `Assert.Throws`. */
interface ThrowsFields {
  readonly execute: string;
  readonly inputs?: unknown | Late<unknown>;
  readonly code?: string;
  readonly message?: string;
  readonly expect?: string | readonly string[];
}

const controller: Controller = defineController<ThrowsFields>({
  create(resource, ctx) {
    const { execute, code, message } = resource;
    const inputs = ctx.template(resource.inputs ?? null);
    const checkConditions = compileConditions(resource.expect, ctx);

    function check(error: DiglyError, input: unknown): void {
      const lines = [`  code: ${error.code}`, `  message: ${error.message}`] as const;
      if (code !== undefined && error.code !== code) {
        throw failed(ctx, ["code"], [`${execute} failed with another code than ${code}`, ...lines]);
      }
      if (message !== undefined && !error.message.includes(message)) {
        throw failed(ctx, ["message"], [
          `The message of the error does not contain ${showValue(message)}`,
          ...lines,
        ]);
      }
      const { status, data } = error.details as { readonly status?: unknown; data?: unknown };
      const described = { code: error.code, message: error.message, status, data };
      checkConditions({ error: definedIn(described), input });
    }

    return {
      ...atStart(resource, ctx),
      async execute(input, context) {
        let failure: DiglyError | undefined;
        const result = await context.execute(execute, inputs({ input }), {
          onError: (error) => {
            failure = error;
          },
        });
        if (failure === undefined) {
          throw failed(ctx, ["execute"], [
            `${execute} did not fail`,
            `  its result is ${showValue(result)}`,
          ]);
        }
        check(failure, input ?? null);
        return null;
      },
    };
  },
});

export default controller;

/** The fields that have a value. */
function definedIn(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
