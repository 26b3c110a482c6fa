/** `JavaScript.Script` and `Logic.JavaScript`: a function `main(input, ctx)`, in `code` or in a file. */
import {
  type Context,
  durationMs,
  fail,
  formatUrn,
  formOf,
  inputError,
  isDiglyError,
  isThenable,
  messageOf,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  toInputSchema,
  type Validator,
  violationsError,
} from "../../contract/author.ts";
import { compileMain, type Main } from "./compile.ts";
import { importMain, missingMain } from "./import.ts";
import { type IsolationFields, limitsOf } from "./isolation/limits.ts";
import { type LocateThrown, thrownIn } from "./thrown.ts";
import { withTimeout } from "./timeout.ts";

/** The fields of a script. */
interface Script extends IsolationFields {
  readonly code?: string;
  readonly file?: string;
  readonly timeout?: string | number;
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
}

/** Compiles or imports the script, and its schemas, once. */
export async function create(
  resource: RuntimeResource<Script>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const compiled = await compile(resource, urn, ctx);
  const timeoutMs = resource.timeout === undefined ? undefined : durationMs(resource.timeout);
  const main = timeoutMs === undefined ? compiled.main : withTimeout(compiled.main, timeoutMs);
  const checkInput = await validatorOf(resource.inputSchema, ctx);
  const checkOutput = await validatorOf(resource.outputSchema, ctx);
  return {
    locate: compiled.locate,
    ...compiled.teardown === undefined ? {} : { teardown: compiled.teardown },
    // Without a promise, unless the script returns one.
    execute(input, context) {
      if (checkInput !== undefined) {
        const { violations } = checkInput(input);
        if (violations.length > 0) throw inputError(urn, violations);
      }
      let result: unknown;
      try {
        result = main(input, context);
      } catch (error) {
        return explain(error, compiled, context);
      }
      if (!isThenable(result)) return checked(result);
      return Promise.resolve(result).then(checked, (error) => explain(error, compiled, context));
    },
  };

  function checked(result: unknown): unknown {
    // A schema describes data, not bytes or streams.
    if (checkOutput === undefined || formOf(result) !== "data") return result;
    const { violations } = checkOutput(result);
    if (violations.length > 0) throw violationsError(`The result of ${urn}`, violations);
    return result;
  }
}

/** A script that can be executed. */
interface Compiled {
  readonly main: Main;
  readonly locate: LocateThrown;
  /** What to do about an error that the script throws, if that is known. */
  helpFor?(error: unknown): string | undefined;
  teardown?(): void;
}

/** Compiles the code or imports the file. What isolation needs is loaded only for it. */
async function compile(
  script: Script,
  urn: string,
  ctx: ModuleCreateContext,
): Promise<Compiled> {
  const { code, isolate = false } = script;
  const locate: LocateThrown = code === undefined
    ? () => Promise.resolve(undefined)
    : thrownIn(code, urn, (part) => ctx.originAt(["code"], part));
  if (isolate === false) {
    const main = code === undefined ? await importMain(ctx) : await compileMain(code, urn, locate);
    return { main, locate };
  }
  const limits = limitsOf(script, ctx.problem);
  const { Failures, helpFor } = await import("./isolation/failures.ts");
  const failures = new Failures({ urn, limits, originAt: (path) => ctx.originAt(path), locate });
  if (isolate === true) {
    const { isolateMain } = await import("./quickjs/isolated_main.ts");
    // Only code is isolated: the check of the kind refuses files.
    return { main: await isolateMain({ code: code!, urn, limits, failures }), locate, helpFor };
  }
  const { startScript } = await import("./process/process_main.ts");
  const url = code === undefined ? ctx.fileUrl(["file"]) : undefined;
  const withoutMain = (names: readonly string[]) =>
    code === undefined ? missingMain(names, ctx) : failures.withoutMain();
  return { ...await startScript({ urn, code, url, limits, failures, withoutMain }), locate };
}

async function validatorOf(
  schema: unknown,
  ctx: ModuleCreateContext,
): Promise<Validator | undefined> {
  return schema === undefined ? undefined : await ctx.validator(toInputSchema(schema));
}

/** Throws what a script has thrown, with its place. */
async function explain(
  error: unknown,
  { locate, helpFor }: Compiled,
  { urn }: Context,
): Promise<never> {
  // An error of a nested execution already says where it happened.
  if (isDiglyError(error)) throw error;
  const origin = await locate(error);
  if (origin === undefined) throw error;
  const problem = messageOf(error);
  throw fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, {
    cause: error,
    origin,
    help: helpFor?.(error),
  });
}
