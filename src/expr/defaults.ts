/** Fills in the defaults that a kind's schema declares. Rules: decision D-21. */
import { isMap, type Value, type ValueMap } from "../contract/resource.ts";

/** Gives a value with its defaults filled in; the same object when nothing was missing. */
export type FillDefaults = (value: Value) => Value;

/**
 * Compiles the defaults of a schema, at every depth below `properties`, `items`, `allOf` and
 * references within it; `undefined` when it declares none.
 */
export function compileDefaults(schema: unknown): FillDefaults | undefined {
  return isMap(schema) ? compile(schema, schema, []) : undefined;
}

function compile(
  schema: Value | undefined,
  root: ValueMap,
  above: readonly ValueMap[],
): FillDefaults | undefined {
  // A schema that contains itself has no defaults of its own further down.
  if (!isMap(schema) || above.includes(schema)) return undefined;
  const inside = [...above, schema];
  const steps = [
    compileProperties(schema["properties"], root, inside),
    compileItems(schema["items"], root, inside),
    ...(Array.isArray(schema["allOf"]) ? schema["allOf"] : [])
      .map((part) => compile(part, root, inside)),
    compile(referenced(schema["$ref"], root), root, inside),
  ].filter((step) => step !== undefined);
  if (steps.length === 0) return undefined;
  return (value) => steps.reduce((filled, step) => step(filled), value);
}

function compileProperties(
  properties: Value | undefined,
  root: ValueMap,
  above: readonly ValueMap[],
): FillDefaults | undefined {
  if (!isMap(properties)) return undefined;
  const fields: { key: string; fallback: Value | undefined; below: FillDefaults | undefined }[] =
    [];
  for (const [key, schema] of Object.entries(properties)) {
    const fallback = isMap(schema) ? schema["default"] : undefined;
    const below = compile(schema, root, above);
    if (fallback !== undefined || below !== undefined) fields.push({ key, fallback, below });
  }
  if (fields.length === 0) return undefined;
  return (value) => {
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

function compileItems(
  items: Value | undefined,
  root: ValueMap,
  above: readonly ValueMap[],
): FillDefaults | undefined {
  const below = compile(items, root, above);
  if (below === undefined) return undefined;
  return (value) => {
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
