/**
 * Converts strings to the scalar types of a schema, as path, query and header values need.
 * Strings that are not such a scalar are kept, so that validation reports them.
 */
import { isMap, type Value } from "../contract/resource.ts";

/** Coerces the fields of an object, in place. */
export type Coercion = (value: unknown) => void;

/** Compiles the coercion of an object schema; fields of other schemas stay as they are. */
export function compileCoercion(schema: unknown): Coercion {
  const properties = isMap(schema) ? schema["properties"] : undefined;
  if (!isMap(properties)) return () => {};
  const fields = Object.entries(properties).map(([name, field]) =>
    [name, converterOf(field)] as const
  );
  return (value) => {
    if (typeof value !== "object" || value === null) return;
    const object = value as Record<string, unknown>;
    for (const [name, convert] of fields) {
      if (Object.hasOwn(object, name)) object[name] = convert(object[name]);
    }
  };
}

type Converter = (value: unknown) => unknown;

function converterOf(schema: Value): Converter {
  const type = isMap(schema) ? schema["type"] : undefined;
  const types = (Array.isArray(type) ? type : [type]).filter((item) => typeof item === "string");
  if (types.includes("array")) {
    const items = isMap(schema) && schema["items"] !== undefined
      ? converterOf(schema["items"])
      : (item: unknown) => item;
    return (value) => (Array.isArray(value) ? value : [value]).map(items);
  }
  if (types.includes("string")) return (value) => value;
  return (value) => typeof value === "string" ? scalarOf(value, types) : value;
}

function scalarOf(text: string, types: readonly string[]): unknown {
  if (types.includes("integer") && /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) {
    return Number(text);
  }
  if (types.includes("number") && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) {
    return Number(text);
  }
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}
