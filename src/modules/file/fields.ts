/** The fields that the kinds of this module share. */
import {
  formatUrn,
  inputError,
  type Late,
  type ModuleCreateContext,
  type RuntimeResource,
  toInputSchema,
} from "../../contract/author.ts";

/** The fields of what leads to a file. */
export interface FileFields {
  readonly root: string;
  readonly path: string | Late<string>;
  readonly maxBytes: string | number;
  readonly inputSchema?: unknown;
}

/** A function that throws `ERR_INPUT_INVALID` for an input that does not fit the `inputSchema`. */
export async function inputCheck(
  { kind, metadata: { name }, inputSchema }: RuntimeResource<{ inputSchema?: unknown }>,
  ctx: ModuleCreateContext,
): Promise<(input: unknown) => void> {
  if (inputSchema === undefined) return () => {};
  const validate = await ctx.validator(toInputSchema(inputSchema));
  return (input) => {
    const { violations } = validate(input);
    if (violations.length > 0) throw inputError(formatUrn(kind, name), violations);
  };
}
