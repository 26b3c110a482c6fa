/**
 * References to resources in JSON Schemas: `$ref: Data.Type.User` is replaced by the `schema` of
 * that resource, and the string `'#/User'` is short for `$ref: Data.Type.User`.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail, isDiglyError } from "../../contract/errors.ts";
import { tooLargeSchema } from "../../contract/input_schema.ts";
import type { Limits } from "../../contract/limits.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { isSimpleInput } from "../../schema/simple_schema.ts";
import { formatUrn, parseUrn } from "../../contract/urn.ts";

/** The kind that `'#/User'` refers to. */
const SHORT_KIND = "Data.Type";

/** Replaces the references in schemas. */
export interface SchemaRefs {
  /** `schema` with its references put in; the same object when it has none. */
  resolve(schema: Value, path: Path, owner: Located): Value;
}

/** Looks up the resources that schemas refer to. */
export interface SchemaSource {
  get(
    kind: string,
    name: string,
  ): { readonly manifest: Located & { readonly value: Value } } | undefined;
  ofKind(kind: string): readonly { readonly urn: string }[];
}

/** Schemas that refer to no resource, as most do: a schema is never changed. */
const withoutReferences = new WeakSet<object>();

/** Makes a resolver over the resources of `registry`. */
export function createSchemaRefs(
  registry: SchemaSource,
  { schemaNodes }: Pick<Limits, "schemaNodes">,
  diagnostics: Diagnostics,
): SchemaRefs {
  const done = new Map<string, { readonly schema: Value; readonly nodes: number }>();
  /** The number of nodes of the current schema, where shared ones count each time. */
  let nodes = 0;
  let isReported = false;
  let bases = 0;

  function resolve(schema: Value, path: Path, owner: Located, chain: readonly string[]): Value {
    if (typeof schema === "string" && schema.startsWith("#/")) {
      const urn = formatUrn(SHORT_KIND, schema.slice(2));
      return lookUp(urn, path, owner, chain);
    }
    return walk(schema, path, owner, chain);
  }

  function walk(node: Value, path: Path, owner: Located, chain: readonly string[]): Value {
    nodes++;
    if (Array.isArray(node)) {
      let copy: Value[] | undefined;
      node.forEach((item, index) => {
        const value = walk(item, [...path, index], owner, chain);
        if (value !== item) (copy ??= [...node])[index] = value;
      });
      return copy ?? node;
    }
    if (!isMap(node)) return node;
    const reference = node["$ref"];
    if (typeof reference === "string" && isResourceReference(reference)) {
      const target = lookUp(reference, [...path, "$ref"], owner, chain);
      const { $ref: _, ...beside } = node;
      const siblings = walk(beside, path, owner, chain);
      return Object.keys(beside).length === 0 ? target : {
        ...(siblings as ValueMap),
        allOf: [target, ...listOf((siblings as ValueMap)["allOf"])],
      };
    }
    let copy: ValueMap | undefined;
    for (const [key, item] of Object.entries(node)) {
      const value = walk(item, [...path, key], owner, chain);
      if (value !== item) (copy ??= { ...node })[key] = value;
    }
    return copy ?? node;
  }

  function lookUp(urn: string, path: Path, owner: Located, chain: readonly string[]): Value {
    if (chain.includes(urn)) {
      const cycle = [...chain.slice(chain.indexOf(urn)), urn];
      diagnostics.error(fail("ERR_REFERENCE_CYCLE", {
        problem: `Schemas refer to each other in a cycle: ${cycle.join(" → ")}`,
        cycle,
      }, {
        origin: owner.originAt(path),
        help: cycle.length === 2
          ? "Write $ref: '#' where a schema means itself"
          : "Break the cycle with a schema that refers to no other",
      }));
      return true;
    }
    const known = done.get(urn);
    if (known !== undefined) {
      nodes += known.nodes;
      if (nodes <= schemaNodes) return known.schema;
      throw tooLargeSchema(schemaNodes, owner.originAt(path));
    }
    const parts = parseUrn(urn);
    const entry = parts && registry.get(parts.kind, parts.name);
    const target = entry?.manifest.value;
    const schema = isMap(target) ? target["schema"] : undefined;
    if (entry === undefined || schema === undefined) {
      diagnostics.error(fail("ERR_REFERENCE_UNRESOLVED", {
        problem: entry === undefined
          ? `A schema refers to ${urn}, which does not exist`
          : `A schema refers to ${urn}, which has no \`schema\``,
      }, {
        origin: owner.originAt(path),
        help: entry === undefined
          ? didYouMean(urn, registry.ofKind(parts?.kind ?? SHORT_KIND).map((other) => other.urn))
          : undefined,
      }));
      return true;
    }
    const before = nodes;
    const resolved = resolve(schema, ["schema"], entry.manifest, [...chain, urn]);
    if (isMap(resolved) && resolved["$id"] === undefined && refersWithin(resolved)) {
      // Its references are relative to itself, so each copy needs a unique `$id` and cannot be cached.
      return { $id: `digly:${urn}/${++bases}`, ...resolved };
    }
    done.set(urn, { schema: resolved, nodes: nodes - before });
    return resolved;
  }

  return {
    resolve(schema, path, owner) {
      const isNode = typeof schema === "object" && schema !== null;
      if (isNode && (isSimpleInput(schema) || withoutReferences.has(schema))) return schema;
      nodes = 0;
      try {
        const resolved = resolve(schema, path, owner, []);
        if (isNode && resolved === schema) withoutReferences.add(schema);
        return resolved;
      } catch (error) {
        if (!isDiglyError(error)) throw error;
        // Schemas that refer to a schema that is too large are too large as well; report it once.
        if (!isReported) diagnostics.error(error);
        isReported = true;
        return true;
      }
    },
  };
}

/** A URN, not a JSON pointer, a URL or a file. */
function isResourceReference(reference: string): boolean {
  return !/[#/:]/.test(reference) && parseUrn(reference) !== undefined;
}

/** True for a schema with references to parts of itself. */
function refersWithin(node: Value): boolean {
  if (Array.isArray(node)) return node.some(refersWithin);
  if (!isMap(node)) return false;
  const reference = node["$ref"];
  if (typeof reference === "string" && reference.startsWith("#")) return true;
  // References below another `$id` are relative to that.
  return Object.values(node).some((item) =>
    refersWithin(item) && !(isMap(item) && item["$id"] !== undefined)
  );
}

function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}
