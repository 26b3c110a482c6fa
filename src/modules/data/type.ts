/** `Data.Type`: a JSON Schema that other resources refer to, and that checks what it is given. */
import { violationsError } from "../../contract/input_schema.ts";
import type { ModuleCreateContext, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";

/** Executing a type checks the input, fills in its defaults and gives it back. */
export async function create(
  resource: RuntimeResource<{ schema: unknown }>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const validate = await ctx.validator(resource.schema, { defaults: true });
  return {
    execute(input) {
      const value = structuredClone(input);
      const violations = validate(value);
      if (violations.length > 0) throw violationsError(`The input of ${urn}`, violations);
      return value;
    },
  };
}
