/** Opaque subtrees: data in which neither expressions nor directives are evaluated. */
import { isMap, Raw, type Value, type ValueMap } from "../contract/resource.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";

/** True for keys whose values are JSON Schemas, at any depth. */
export function isSchemaKey(key: string): boolean {
  return key === "schema" || key === "inputSchema" || key === "outputSchema";
}

/** True when `key` of a mapping of this kind holds opaque data, whatever its definition says. */
export function isOpaqueKey(key: string, hasKind: boolean): boolean {
  return isSchemaKey(key) || (key === "code" && hasKind);
}

/** Keys of a definition that hold an example, or declare types, in which `$field` is not a directive. */
const KEPT_IN_DEFINITIONS: readonly string[] = [
  "example",
  "scopes",
  "expects",
  "execution",
  "provides",
];

/** True for the body of a template and parts of a definition, which are kept as they were parsed. */
export function isKeptAsParsed(key: string, kind: Value | undefined): boolean {
  return (key === "resources" && kind === KERNEL_KINDS.template) ||
    (KEPT_IN_DEFINITIONS.includes(key) && kind === KERNEL_KINDS.definition);
}

/**
 * `value` with what `!raw` wraps in it bare; untouched parts are shared. It visits the schemas of
 * every kind at each start, so that it allocates nothing for what it leaves as it is.
 */
export function unwrapRaw(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Raw) return unwrapRaw(value.value);
  if (Array.isArray(value)) {
    let copy: Value[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const written = value[index]!;
      const item = unwrapRaw(written);
      if (item !== written) (copy ??= [...value])[index] = item;
    }
    return copy ?? value;
  }
  if (!isMap(value)) return value;
  let copy: ValueMap | undefined;
  for (const key of Object.keys(value)) {
    // The key is one of its own.
    const written = value[key]!;
    const item = unwrapRaw(written);
    if (item !== written) (copy ??= { ...value })[key] = item;
  }
  return copy ?? value;
}
