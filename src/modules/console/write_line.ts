/** `Console.WriteLine`: writes `output` and a newline to standard output. */
import {
  formatUrn,
  inputError,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  toInputSchema,
} from "../../contract/author.ts";

/** The fields of a line. */
interface WriteLine {
  readonly output: unknown;
  readonly inputSchema?: unknown;
}

/** Writes when it is executed and, without `inputSchema`, once when the app has started. */
export async function create(
  resource: RuntimeResource<WriteLine>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const output = ctx.template(resource.output);
  const write = (input: unknown) => ctx.stdout.write(textOf(output({ input })) + "\n");
  if (resource.inputSchema === undefined) {
    // `digly exec` writes the result to standard output, which must contain nothing else.
    if (ctx.serve) ctx.once("Runtime.Started", () => writeAtStart(ctx, () => write(null)));
    return { execute: (input) => (write(input), null) };
  }
  const validate = await ctx.validator(toInputSchema(resource.inputSchema));
  return {
    execute(input) {
      const { violations } = validate(input);
      if (violations.length > 0) throw inputError(urn, violations);
      write(input);
      return null;
    },
  };
}

/** Events are not awaited, so a failure has to request the exit itself. */
function writeAtStart({ log, requestExit }: ModuleCreateContext, write: () => void): void {
  try {
    write();
  } catch (error) {
    log.error("The line could not be written", { error });
    requestExit(1);
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
