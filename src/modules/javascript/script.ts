/** `JavaScript.Script` and `Logic.JavaScript`: `code` that defines `main(input, ctx)`. */
import {
  type Context,
  fail,
  formatUrn,
  formOf,
  inputError,
  isDiglyError,
  messageOf,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  toInputSchema,
  type Validator,
  violationsError,
} from "../../contract/author.ts";
import { compileMain, type Main } from "./compile.ts";
import { type LocateThrown, thrownIn } from "./thrown.ts";

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
  const { code } = resource;
  const locate = thrownIn(code, urn, (part) => ctx.originAt(["code"], part));
  const main = await compileMain(code, urn, locate);
  const checkInput = await validatorOf(resource.inputSchema, ctx);
  const checkOutput = await validatorOf(resource.outputSchema, ctx);
  return {
    locate,
    async execute(input, context) {
      const violations = checkInput?.(input).violations ?? [];
      if (violations.length > 0) throw inputError(urn, violations);
      const result = await run(main, input, context, locate);
      // A schema describes data, not bytes or streams.
      const mistakes = formOf(result) === "data" ? checkOutput?.(result).violations ?? [] : [];
      if (mistakes.length > 0) throw violationsError(`The result of ${urn}`, mistakes);
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

async function run(
  main: Main,
  input: unknown,
  ctx: Context,
  locate: LocateThrown,
): Promise<unknown> {
  try {
    return await main(input, ctx);
  } catch (error) {
    // An error of a nested execution already says where it happened.
    if (isDiglyError(error)) throw error;
    const origin = await locate(error);
    if (origin === undefined) throw error;
    const { urn } = ctx;
    const problem = messageOf(error);
    throw fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, { cause: error, origin });
  }
}
