/** JSON Schemas as data, for code that does not need the schema library. */

/** A schema that is not `true` or `false`. */
export type SchemaMap = { readonly [key: string]: unknown };

/** True for a map. */
export function isSchemaMap(value: unknown): value is SchemaMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The place in `root` that a schema's `$ref` names; the schema itself when it names none there. */
export function schemaTarget(schema: unknown, root: unknown): unknown {
  const seen = new Set<unknown>();
  let at = schema;
  while (isSchemaMap(at) && typeof at["$ref"] === "string" && !seen.has(at)) {
    seen.add(at);
    const ref = at["$ref"];
    if (!ref.startsWith("#")) return at;
    let found: unknown = root;
    for (const step of decodePointer(ref.slice(1)).split("/").slice(1)) {
      const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
      found = (found as SchemaMap | undefined)?.[key];
    }
    at = found;
  }
  return at;
}

/** The pointer as it is where it is not encoded correctly, which cannot be resolved. */
function decodePointer(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}
