/** What `Kv.Get`, `Kv.Set`, `Kv.Delete`, `Kv.Increment` and `Kv.List` have in common. */
import {
  type Controller,
  fail,
  formatUrn,
  inputError,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  toInputSchema,
} from "../../contract/author.ts";
import { type Backend, NotANumber, StoreUnavailable, ValueTooLarge } from "./backend.ts";

/** The fields of all operations, as their expressions give them. */
export interface Fields {
  readonly store: string;
  readonly key: string;
  readonly value?: unknown;
  readonly ttl?: string | number;
  readonly ifAbsent?: boolean;
  readonly ifVersion?: string | null;
  readonly version?: boolean;
  readonly by?: number;
  readonly after?: string | null;
  readonly limit?: number;
  readonly inputSchema?: unknown;
}

/** What a kind does with a store. */
export type Operation = (store: Backend, fields: Fields, input: unknown) => Promise<unknown>;

/** Creates the controller of a kind. */
export function controllerOf(operation: Operation): Controller {
  return { create: (resource, ctx) => createOperation(resource as never, ctx, operation) };
}

async function createOperation(
  resource: RuntimeResource<Fields>,
  ctx: ModuleCreateContext,
  operation: Operation,
): Promise<ResourceInstance> {
  const { kind, metadata, inputSchema, store: named, ...written } = resource;
  const urn = formatUrn(kind, metadata.name);
  const store = ctx.use<Backend>(named);
  const template = ctx.template(written);
  const validate = inputSchema === undefined
    ? undefined
    : await ctx.validator(toInputSchema(inputSchema), { defaults: true });
  return {
    async execute(input) {
      const { violations, value } = validate?.(input) ?? { violations: [], value: input };
      if (violations.length > 0) throw inputError(urn, violations);
      const fields = template({ input: value ?? null }) as Fields;
      try {
        return await operation(store, fields, value);
      } catch (error) {
        throw publicError(error);
      }
    },
  };
}

/** The errors with a code, which callers and clients of a server see. */
function publicError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) {
    return fail("Kv.Unavailable", { problem: "The store is not available" }, { cause: error });
  }
  if (error instanceof ValueTooLarge) {
    return fail("Kv.TooLarge", { problem: `The value ${error.message}` });
  }
  if (error instanceof NotANumber) return fail("Kv.NotANumber", { problem: error.message });
  return error;
}
