/** `JavaScript.Script` and `Logic.JavaScript`: `code` that defines `main(input, ctx)`. */
import { fail, isDiglyError } from "../../contract/errors.ts";
import { toInputSchema, violationsError } from "../../contract/input_schema.ts";
import type {
  Context,
  ModuleCreateContext,
  ResourceInstance,
  Validator,
} from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import { compileMain, lineInCode } from "./compile.ts";

/** The fields of a script. */
interface Script {
  readonly code: string;
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
}

/** Compiles the script and its schemas once. */
export async function create(
  resource: RuntimeResource<Script>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const main = await compileMain(resource.code, urn);
  const checkInput = await validatorOf(resource.inputSchema, ctx);
  const checkOutput = await validatorOf(resource.outputSchema, ctx);
  return {
    async execute(input, context) {
      check(checkInput, input, `The input of ${urn}`);
      const result = await run(main, input, context, urn);
      check(checkOutput, result, `The result of ${urn}`);
      return result;
    },
  };
}

async function validatorOf(
  schema: unknown,
  ctx: ModuleCreateContext,
): Promise<Validator | undefined> {
  return schema === undefined ? undefined : await ctx.validator(toInputSchema(schema));
}

function check(validator: Validator | undefined, value: unknown, what: string): void {
  const violations = validator?.(value) ?? [];
  if (violations.length > 0) throw violationsError(what, violations);
}

async function run(
  main: (input: unknown, ctx: Context) => unknown,
  input: unknown,
  ctx: Context,
  urn: string,
): Promise<unknown> {
  try {
    return await main(input, ctx);
  } catch (error) {
    // What it executes has said itself what went wrong.
    if (isDiglyError(error)) throw error;
    const line = lineInCode(error, urn);
    if (line === undefined || !(error instanceof Error)) throw error;
    const problem = `${error.message} (line ${line} of code)`;
    throw fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, { cause: error });
  }
}
