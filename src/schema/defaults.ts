/** Fills in the defaults that a kind's schema declares. */
import { fail } from "../contract/errors.ts";
import { DEFAULT_LIMITS, raiseLimit } from "../contract/limits.ts";
import { isMap, type Value, type ValueMap } from "../contract/resource.ts";
import {
  BudgetExceeded,
  step,
  type ValidationBounds,
  withBudget,
} from "../contract/validation_budget.ts";

/** Returns a value with its defaults filled in; the same object if nothing was missing. */
export type FillDefaults = (value: Value) => Value;

/**
 * Compiles the defaults of a schema, at every depth below `properties`, `items`, `allOf` and
 * references within it; `undefined` when it declares none.
 */
export function compileDefaults(
  schema: unknown,
  bounds: ValidationBounds = DEFAULT_LIMITS,
): FillDefaults | undefined {
  if (!isMap(schema)) return undefined;
  const state = { root: schema, above: new Set<ValueMap>(), done: new Map(), cuts: 0 };
  const fill = bounded(bounds, () => compile(schema, state));
  return fill && ((value) => bounded(bounds, () => fill(value)));
}

/** Runs `work` with a budget; throws `ERR_LIMIT_EXCEEDED` for a schema that would need more. */
function bounded<T>(bounds: ValidationBounds, work: () => T): T {
  try {
    return withBudget(bounds, undefined, work);
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    const { limit } = error;
    throw fail("ERR_LIMIT_EXCEEDED", {
      problem: `Filling in the defaults of the schema takes more than ${bounds[limit]} steps`,
      limit,
    }, { help: raiseLimit(limit, bounds[limit], "Simplify the schema") });
  }
}

/** The state of compiling one schema. */
interface Compiling {
  readonly root: ValueMap;
  /** The ancestors of the current schema. */
  readonly above: Set<ValueMap>;
  /** A schema that is referred to often is compiled once. */
  readonly done: Map<ValueMap, FillDefaults | undefined>;
  /** How often a schema was found within itself. */
  cuts: number;
}

function compile(schema: Value | undefined, state: Compiling): FillDefaults | undefined {
  // A schema that contains itself has no defaults of its own further down.
  if (!isMap(schema)) return undefined;
  if (state.above.has(schema)) {
    state.cuts++;
    return undefined;
  }
  if (state.done.has(schema)) return state.done.get(schema);
  step();
  const { cuts } = state;
  state.above.add(schema);
  const steps = new Set<FillDefaults>();
  const add = (fill: FillDefaults | undefined) => fill === undefined || steps.add(fill);
  add(compileProperties(schema["properties"], state));
  add(compileItems(schema["items"], state));
  for (const part of Array.isArray(schema["allOf"]) ? schema["allOf"] : []) {
    add(compile(part, state));
  }
  add(compile(referenced(schema["$ref"], state.root), state));
  state.above.delete(schema);
  const fill = inTurn([...steps]);
  // A truncated result depends on where the schema was found, so it is not cached.
  if (state.cuts === cuts) state.done.set(schema, fill);
  return fill;
}

/** A single step is returned as it is, so that equal steps can be recognized. */
function inTurn(steps: readonly FillDefaults[]): FillDefaults | undefined {
  if (steps.length < 2) return steps[0];
  return (value) => steps.reduce((filled, fill) => fill(filled), value);
}

function compileProperties(
  properties: Value | undefined,
  state: Compiling,
): FillDefaults | undefined {
  if (!isMap(properties)) return undefined;
  const fields: { key: string; fallback: Value | undefined; below: FillDefaults | undefined }[] =
    [];
  for (const [key, schema] of Object.entries(properties)) {
    const fallback = isMap(schema) ? schema["default"] : undefined;
    const below = compile(schema, state);
    if (fallback !== undefined || below !== undefined) fields.push({ key, fallback, below });
  }
  if (fields.length === 0) return undefined;
  return (value) => {
    step();
    if (!isMap(value)) return value;
    let copy: ValueMap | undefined;
    for (const { key, fallback, below } of fields) {
      const present = Object.hasOwn(value, key) ? value[key] : undefined;
      const known = present === undefined ? fallback : present;
      if (known === undefined) continue;
      const filled = below === undefined ? known : below(known);
      if (filled !== present) (copy ??= { ...value })[key] = filled;
    }
    return copy ?? value;
  };
}

function compileItems(items: Value | undefined, state: Compiling): FillDefaults | undefined {
  const below = compile(items, state);
  if (below === undefined) return undefined;
  return (value) => {
    step();
    if (!Array.isArray(value)) return value;
    const filled = value.map(below);
    return filled.some((item, index) => item !== value[index]) ? filled : value;
  };
}

/** The schema a JSON pointer within the document leads to. */
function referenced(reference: Value | undefined, root: ValueMap): Value | undefined {
  if (typeof reference !== "string" || !reference.startsWith("#/")) return undefined;
  let at: Value | undefined = root;
  for (const step of reference.slice(2).split("/")) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isMap(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return at;
}
