/** The parts that schemas of what authors write are made of. */
import { isSchemaMap, type SchemaMap } from "../../contract/schema_map.ts";

/** The JSON pointer prefix of the shared definitions. */
export const SHARED = "#/definitions/";

/** Marks a reference within the kind's schema until all new locations are known. */
export const OWN = "own:";

/** The end of a path to an inline resource; the end of others is opaque. */
export const INLINE = "inline resource";

/** Dotted paths, as their steps. */
export type Paths = readonly (readonly string[])[];

/** Keywords that draft-07 does not have, or that only the runtime uses. */
export const DROPPED: readonly string[] = [
  "$schema",
  "$id",
  "$anchor",
  "$dynamicAnchor",
  "$dynamicRef",
  "$comment",
  "$vocabulary",
  "diglyUrn",
  "digly:kind",
  "digly:ready",
  "digly:file",
  "unevaluatedProperties",
  "unevaluatedItems",
  "minContains",
  "maxContains",
  "dependentSchemas",
];

/** The schema of a value without expressions. */
export function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain);
  if (!isSchemaMap(node)) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) =>
        !DROPPED.includes(key) && !(key === "format" && String(value).startsWith("digly-"))
      )
      .map(([key, value]) => [key, key === "$ref" ? `${OWN}${value}` : plain(value)]),
  );
}

/** Checks maps as resources, unless they are computed or refer to one by name. */
export function orInline(schema: unknown): SchemaMap {
  return {
    allOf: [schema, {
      if: {
        type: "object",
        not: {
          anyOf: [
            { $ref: `${SHARED}computedMapping` },
            { required: ["name"], not: { required: ["metadata"] } },
          ],
        },
      },
      then: { $ref: `${SHARED}inlineResource` },
    }],
  };
}

/** Allows directives and computed keys in a map. */
export function openToDirectives(out: Record<string, unknown>, isTop: boolean): SchemaMap {
  const isMapping = out["properties"] !== undefined || out["additionalProperties"] !== undefined;
  if (!isMapping) return out;
  const properties = isTop
    ? { kind: true, metadata: true, ...(out["properties"] as object | undefined) }
    : out["properties"];
  return {
    ...out,
    ...(properties === undefined ? {} : { properties }),
    patternProperties: {
      ...(out["patternProperties"] as object | undefined),
      "^\\$": true,
      ".\\$\\{": true,
    },
    allOf: [...(out["allOf"] as unknown[] | undefined ?? []), { $ref: `${SHARED}directives` }],
  };
}

export function mapValues(
  map: unknown,
  change: (key: string, value: unknown) => unknown,
): SchemaMap {
  const entries = isSchemaMap(map) ? Object.entries(map) : [];
  return Object.fromEntries(entries.map(([key, value]) => [key, change(key, value)]));
}

/** What remains of a path one step further, where `*` in the schema is any step. */
export function restsBelow(path: readonly string[], step: string): Paths {
  const [first, next] = path;
  if (first === INLINE) return [];
  if (first === "**") return [step === next ? path.slice(2) : path];
  return first === "*" || first === step || step === "*" ? [path.slice(1)] : [];
}

export function escape(name: string): string {
  return encodeURI(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/** The description of a field, with what its reference may name, which editors cannot check. */
export function descriptionOf(node: SchemaMap): unknown {
  const kinds = [node["digly:kind"] ?? []].flat();
  const isReady = node["digly:ready"] === true;
  if (kinds.length === 0 && !isReady) return node["description"];
  const what = kinds.length === 0 ? "a resource" : `a resource of the kind ${kinds.join(" or ")}`;
  const sentence = `Names ${what}${isReady ? ", which is initialised before this one" : ""}.`;
  return typeof node["description"] === "string"
    ? `${node["description"].trim()} ${sentence}`
    : sentence;
}
