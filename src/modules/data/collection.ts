/** `Data.Collection`: a list in memory. */
import {
  type Controller,
  defineController,
  fail,
  formatUrn,
  inputError,
  type ModuleCreateContext,
  type RuntimeResource,
  type Violation,
  violationsError,
} from "../../contract/author.ts";
import { listPage, type PageRequest } from "./page.ts";

/** The fields of a `Data.Collection`. */
export interface CollectionFields {
  readonly items: readonly unknown[];
  readonly schema?: unknown;
  readonly key?: string;
  readonly filter?: string;
  readonly sort?: string | readonly string[];
  readonly pageSize: number;
  readonly maxItems: number;
}

/** The input of an execution: one change, or what to list. */
interface Operation extends PageRequest {
  readonly get?: unknown;
  readonly add?: unknown;
  readonly replace?: unknown;
  readonly remove?: unknown;
}

/** What needs the key of an item. */
const KEYED = ["get", "replace", "remove"] as const;
const OPERATIONS = [...KEYED, "add"] as const;

const controller: Controller = defineController<CollectionFields>({
  async create(resource, ctx) {
    const { kind, metadata: { name }, key, sort, pageSize, maxItems } = resource;
    const urn = formatUrn(kind, name);
    const checkInput = await operationCheck(resource, ctx);
    const checkItem = resource.schema === undefined
      ? undefined
      : await ctx.validator(resource.schema, { defaults: true });
    const matches = resource.filter === undefined
      ? undefined
      : ctx.expression(resource.filter, ["filter"]);
    let items: readonly unknown[] = resource.items;

    function valid(item: unknown): unknown {
      if (checkItem === undefined) return item;
      const { violations, value } = checkItem(item);
      if (violations.length > 0) throw violationsError(`The item for ${urn}`, violations);
      return value;
    }

    function keyOf(item: unknown): unknown {
      if (key === undefined) return undefined;
      const value = (item as Readonly<Record<string, unknown>> | null)?.[key];
      if (value !== undefined) return value;
      throw violationsError(`The item for ${urn}`, [
        { path: [key], message: "is missing", keyword: "required" },
      ]);
    }

    function indexOf(wanted: unknown): number {
      return items.findIndex((item) => keyOf(item) === wanted);
    }

    function found(wanted: unknown): number {
      const index = indexOf(wanted);
      if (index >= 0) return index;
      throw fail("Data.NotFound", {
        problem: `${urn} has no item whose \`${key}\` is ${JSON.stringify(wanted)}`,
      });
    }

    function emit(event: string, item: unknown): void {
      void ctx.emitResourceEvent(kind, name, event, item);
    }

    function add(given: unknown): unknown {
      const item = valid(given);
      if (key !== undefined && indexOf(keyOf(item)) >= 0) {
        throw fail("Data.Duplicate", {
          problem: `${urn} has an item whose \`${key}\` is ${JSON.stringify(keyOf(item))} already`,
        });
      }
      if (items.length >= maxItems) {
        throw fail("Data.Full", { problem: `${urn} has ${maxItems} items, and takes no more` }, {
          help: "Remove items, or raise `maxItems`",
        });
      }
      items = [...items, item];
      emit("Added", item);
      return item;
    }

    function replace(given: unknown): unknown {
      const item = valid(given);
      items = items.with(found(keyOf(item)), item);
      emit("Replaced", item);
      return item;
    }

    function remove(wanted: unknown): unknown {
      const index = found(wanted);
      const item = items[index];
      items = items.toSpliced(index, 1);
      emit("Removed", item);
      return item;
    }

    return {
      execute(input) {
        const operation = (input ?? {}) as Operation;
        checkInput(operation);
        if (operation.get !== undefined) return items[indexOf(operation.get)] ?? null;
        if (operation.add !== undefined) return add(operation.add);
        if (operation.replace !== undefined) return replace(operation.replace);
        if (operation.remove !== undefined) return remove(operation.remove);
        const chosen = matches === undefined
          ? items
          : items.filter((item) => matches({ item, input: operation }) === true);
        return listPage(chosen, {
          pageSize,
          ...(sort === undefined ? {} : { sort }),
          ...operation,
        });
      },
      snapshot: () => ({ items: items.length }),
    };
  },
});

export default controller;

/** A function that throws for an input that is not one operation. */
async function operationCheck(
  { kind, metadata: { name }, key }: RuntimeResource<CollectionFields>,
  ctx: ModuleCreateContext,
): Promise<(operation: Operation) => void> {
  const urn = formatUrn(kind, name);
  const validate = await ctx.validator(ctx.describe(urn)?.input ?? {});
  const violation = (path: string, message: string): Violation => ({
    path: [path],
    message,
    keyword: "oneOf",
  });
  return (operation) => {
    const { violations } = validate(operation);
    if (violations.length > 0) throw inputError(urn, violations);
    const [first, second] = OPERATIONS.filter((one) => operation[one] !== undefined);
    if (second !== undefined) {
      throw inputError(urn, [violation(second, `cannot be given together with \`${first}\``)]);
    }
    const keyed = KEYED.find((one) => operation[one] !== undefined);
    if (key === undefined && keyed !== undefined) {
      throw inputError(urn, [violation(keyed, "needs a collection with a `key`")]);
    }
  };
}
