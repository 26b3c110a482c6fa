/**
 * Turns the schema of resolved resources into a schema of what authors write, where expressions
 * and directives are allowed in place of values. The input is draft 2020-12; the output is
 * draft-07, which editors support.
 */
import { isSchemaMap, type SchemaMap } from "../../contract/schema_map.ts";
import {
  descriptionOf,
  DROPPED,
  escape,
  INLINE,
  mapValues,
  openToDirectives,
  orInline,
  OWN,
  type Paths,
  plain,
  restsBelow,
  SHARED,
} from "./authoring_parts.ts";

/** Options of {@link toAuthoringSchema}. */
export interface AuthoringSchemaOptions {
  /** The JSON pointer, `#/definitions/…`, of the result. */
  readonly pointer: string;
  /** Dotted paths without expressions. */
  readonly opaque: readonly string[];
  /** Dotted paths in which other resources are written, as maps. */
  readonly resources: readonly string[];
}

/** Keywords with a subschema for the same value. */
const SAME_VALUE = ["then", "else"];
const SAME_VALUE_LISTS = ["allOf", "anyOf"];

/** Keywords that count or compare the items of a list. */
const COUNTING = ["minItems", "maxItems", "uniqueItems", "contains"];

/** The authoring schema of a kind, for the top level of a document. */
export function toAuthoringSchema(
  schema: unknown,
  { pointer, opaque, resources }: AuthoringSchemaOptions,
): SchemaMap {
  const paths: Paths = [
    ...opaque.map((path) => path.split(".")),
    ...resources.map((path) => [...path.split("."), INLINE]),
  ];
  // References lead to a shared schema from any depth, so only paths of any depth apply in it.
  const deep = paths.filter((path) => path.includes("**"))
    .map((path) => path.slice(path.indexOf("**")));
  const moved = new Map<string, string>();
  const top = ofSameValue(schema, paths, "#", pointer, true);
  return rebase(top) as SchemaMap;

  /** Allows the value itself or a computed one. */
  function ofValue(node: unknown, at: Paths, from: string, to: string): unknown {
    moved.set(from, to);
    if (node === true || (isSchemaMap(node) && Object.keys(node).length === 0)) return node;
    if (!isSchemaMap(node)) return { if: { $ref: `${SHARED}computed` }, else: false };
    const { title, default: value } = node;
    const description = descriptionOf(node);
    const about = {
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(value === undefined ? {} : { default: value }),
    };
    if (node["enum"] !== undefined || node["type"] === "boolean") {
      // Editors suggest values only if they are not behind a condition.
      const plainValue = ofSameValue(node, at, from, `${to}/anyOf/0`, false);
      return { ...about, anyOf: [plainValue, { $ref: `${SHARED}computed` }] };
    }
    return {
      ...about,
      if: { $ref: `${SHARED}computed` },
      else: ofSameValue(node, at, from, `${to}/else`, false),
    };
  }

  function ofSameValue(
    node: unknown,
    at: Paths,
    from: string,
    to: string,
    isTop: boolean,
  ): unknown {
    moved.set(from, to);
    if (!isSchemaMap(node)) return isTop ? {} : node;
    const out: Record<string, unknown> = {};
    const all: unknown[] = [];
    for (const [key, value] of Object.entries(node)) {
      const [below, target] = [`${from}/${key}`, `${to}/${key}`];
      if (DROPPED.includes(key) || COUNTING.includes(key)) continue;
      if (key === "format" && String(value).startsWith("digly-")) continue;
      if (SAME_VALUE.includes(key)) {
        out[key] = ofSameValue(value, at, below, target, isTop);
      } else if (SAME_VALUE_LISTS.includes(key) && Array.isArray(value)) {
        out[key] = value.map((part, index) =>
          ofSameValue(part, at, `${below}/${index}`, `${target}/${index}`, isTop)
        );
      } else if (key === "oneOf" && Array.isArray(value)) {
        // A computed value may match several alternatives.
        const isPlain = value.every((part) =>
          isSchemaMap(part) && Object.keys(part).every((name) => name === "required")
        );
        out[isPlain ? "oneOf" : "anyOf"] = value.map((part, index) =>
          ofSameValue(
            part,
            at,
            `${below}/${index}`,
            `${to}/${isPlain ? "oneOf" : "anyOf"}/${index}`,
            isTop,
          )
        );
      } else if (key === "properties" || key === "patternProperties") {
        out[key] = mapValues(
          value,
          (name, child) =>
            ofChild(
              child,
              key === "properties" ? name : "*",
              at,
              `${below}/${escape(name)}`,
              `${target}/${escape(name)}`,
            ),
        );
      } else if (key === "additionalProperties") {
        out[key] = value === false ? false : ofChild(value, "*", at, below, target);
      } else if (key === "prefixItems" && Array.isArray(value)) {
        out["items"] = value.map((item, index) =>
          ofChild(item, String(index), at, `${below}/${index}`, `${to}/items/${index}`)
        );
        if (node["items"] !== undefined) {
          out["additionalItems"] = ofChild(
            node["items"],
            "*",
            at,
            `${from}/items`,
            `${to}/additionalItems`,
          );
        }
      } else if (key === "items") {
        if (node["prefixItems"] === undefined) out[key] = ofItems(value, at, below, target);
      } else if (key === "$defs" || key === "definitions") {
        out[key] = mapValues(
          value,
          (name, child) =>
            ofValue(child, deep, `${below}/${escape(name)}`, `${target}/${escape(name)}`),
        );
      } else if (key === "dependentRequired") out["dependencies"] = value;
      else if (key === "$ref") out[key] = OWN + value;
      else if (key !== "if") out[key] = value;
    }
    if (node["if"] !== undefined) all.push(condition(node, at, from, to, out, all.length, isTop));
    const counts = Object.fromEntries(
      COUNTING.filter((key) => node[key] !== undefined).map((key) => [key, node[key]]),
    );
    if (Object.keys(counts).length > 0) {
      // A loop or a branch in a list produces any number of items.
      all.push({ if: { contains: { $ref: `${SHARED}computedMapping` } }, else: counts });
    }
    if (all.length > 0) out["allOf"] = [...(out["allOf"] as unknown[] ?? []), ...all];
    return openToDirectives(out, isTop);
  }

  /** The branches of `if`, of which a computed value may take either. */
  function condition(
    node: SchemaMap,
    at: Paths,
    from: string,
    to: string,
    out: Record<string, unknown>,
    index: number,
    isTop: boolean,
  ): unknown {
    const place = `${to}/allOf/${((out["allOf"] as unknown[] | undefined)?.length ?? 0) + index}`;
    delete out["then"];
    delete out["else"];
    const branch = (key: string, target: string) =>
      ofSameValue(node[key] ?? true, at, `${from}/${key}`, target, isTop);
    return {
      if: node["if"],
      then: branch("then", `${place}/then`),
      else: {
        if: ofSameValue(node["if"], at, `${from}/if`, `${place}/else/if`, isTop),
        else: branch("else", `${place}/else/else`),
      },
    };
  }

  function ofItems(items: unknown, at: Paths, from: string, to: string): unknown {
    return Array.isArray(items)
      ? items.map((item, index) =>
        ofChild(item, String(index), at, `${from}/${index}`, `${to}/${index}`)
      )
      : ofChild(items, "*", at, from, to);
  }

  function ofChild(node: unknown, step: string, at: Paths, from: string, to: string): unknown {
    const inner = at.flatMap((path) => restsBelow(path, step));
    const isOpaque = ["schema", "inputSchema", "outputSchema"].includes(step) ||
      inner.some(({ length }) => length === 0);
    if (!isOpaque && inner.some(([first]) => first === INLINE)) {
      return orInline(ofValue(node, inner, from, `${to}/allOf/0`));
    }
    if (!isOpaque) return ofValue(node, inner, from, to);
    moved.set(from, to);
    return plain(node);
  }

  /** Updates references within the kind's schema; other references are dropped. */
  function rebase(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(rebase);
    if (!isSchemaMap(node)) return node;
    const ref = node["$ref"];
    if (typeof ref !== "string" || !ref.startsWith(OWN)) {
      return mapValues(node, (_key, child) => rebase(child));
    }
    const target = moved.get(ref.slice(OWN.length));
    const { $ref: _ref, ...rest } = node;
    return { ...rebase(rest) as SchemaMap, ...(target === undefined ? {} : { $ref: target }) };
  }
}
