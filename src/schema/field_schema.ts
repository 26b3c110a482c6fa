/** The part of a resource's schema that is about one field. */
import { isMap, type Path, type Value, type ValueMap } from "../contract/resource.ts";

/** Keywords that describe a value and do not restrict it. */
const ANNOTATIONS: ReadonlySet<string> = new Set(
  [
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
  ],
);

/** Keywords that lead from a value to its fields and elements, or restrict only the value itself. */
const NAVIGABLE: ReadonlySet<string> = new Set([
  ...ANNOTATIONS,
  ...["type", "enum", "const", "required", "minProperties", "maxProperties", "minItems"],
  ...["maxItems", "uniqueItems", "properties", "additionalProperties", "items", "prefixItems"],
  ...["$schema", "$id", "$defs", "definitions", "$anchor", "unknownFields"],
  ...["pattern", "minLength", "maxLength", "minimum", "maximum", "format"],
  ...["digly:ready", "digly:all", "digly:file"],
]);

/** Keywords about the resource that a map names, and the fields that they read. */
const OF_REFERENCES: ReadonlySet<string> = new Set(["diglyUrn", "digly:kind"]);
const REFERENCE_FIELDS: ReadonlySet<string | number> = new Set(["kind", "name", "metadata"]);

/**
 * What a schema says about the value at a path: nothing, a schema of its own, or something that
 * only a check of the `whole` shows, since alternatives or conditions lead there.
 */
export type FieldSchema =
  | { readonly kind: "any" }
  | { readonly kind: "part"; readonly schema: unknown }
  | { readonly kind: "whole" };

const ANY: FieldSchema = { kind: "any" };
const WHOLE: FieldSchema = { kind: "whole" };

/** Finds what `root` says about the value at a path. */
export function fieldSchema(root: unknown, path: Path): FieldSchema {
  let at: unknown = root;
  for (const step of path) {
    at = followRefs(root, at);
    if (at === true || at === undefined) return ANY;
    if (!isMap(at as Value)) return WHOLE;
    const schema = at as ValueMap;
    if (Object.keys(schema).some((key) => !isNavigable(key, step))) return WHOLE;
    at = below(schema, step);
  }
  at = followRefs(root, at);
  if (at === true || at === undefined) return ANY;
  if (!isMap(at as Value)) return WHOLE;
  if (Object.keys(at as ValueMap).every((key) => ANNOTATIONS.has(key))) return ANY;
  return holdsRef(at, new Set()) ? WHOLE : { kind: "part", schema: at };
}

/** True if a keyword says nothing about the field or element `step` but what it has a schema for. */
function isNavigable(keyword: string, step: string | number): boolean {
  return NAVIGABLE.has(keyword) || (OF_REFERENCES.has(keyword) && !REFERENCE_FIELDS.has(step));
}

/** The schema of a field or element of what `schema` describes. */
function below(schema: ValueMap, step: string | number): unknown {
  if (typeof step === "string") {
    const { properties, additionalProperties } = schema;
    return isMap(properties) && Object.hasOwn(properties, step)
      ? properties[step]
      : additionalProperties;
  }
  const { prefixItems, items } = schema;
  return Array.isArray(prefixItems) && step < prefixItems.length ? prefixItems[step] : items;
}

/** More references than that lead in a circle. */
const MAX_REFS = 32;

/** What a schema that is a reference within `root` refers to. */
function followRefs(root: unknown, schema: unknown): unknown {
  let at = schema;
  for (let count = 0; count < MAX_REFS; count++) {
    const $ref = isMap(at as Value) ? (at as ValueMap)["$ref"] : undefined;
    if (typeof $ref !== "string" || !$ref.startsWith("#")) return at;
    const hasMore = Object.keys(at as object).some((key) =>
      key !== "$ref" && !ANNOTATIONS.has(key)
    );
    if (hasMore) return at;
    const steps = $ref.slice(1).split("/").slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    at = steps.reduce<unknown>(
      (node, step) =>
        typeof node === "object" && node !== null && Object.hasOwn(node, step)
          ? (node as Readonly<Record<string, unknown>>)[step]
          : false,
      root,
    );
  }
  return false;
}

function holdsRef(node: unknown, seen: Set<object>): boolean {
  if (typeof node !== "object" || node === null || seen.has(node)) return false;
  seen.add(node);
  return Object.entries(node).some(([key, item]) => key === "$ref" || holdsRef(item, seen));
}
