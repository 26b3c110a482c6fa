/** `Data.Type`: a JSON Schema that other schemas refer to, and that validates its input. */
import {
  formatUrn,
  inputError,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";

/** Executing a type validates the input, fills in defaults and returns the result. */
export async function create(
  resource: RuntimeResource<{ schema: unknown }>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const validate = await ctx.validator(resource.schema, { defaults: true });
  return {
    execute(input) {
      const { violations, value } = validate(input);
      if (violations.length > 0) throw inputError(urn, violations);
      return value;
    },
  };
}
