/**
 * Rewrites a draft-07 schema into the form that strict validators require, without changing what
 * it accepts: every keyword is next to its type, required properties are defined, references point
 * to named definitions, and unknown keywords are removed. yaml-language-server also works best with
 * this form.
 */
import { isSchemaMap, type SchemaMap } from "../../contract/schema_map.ts";

type Type = "string" | "number" | "integer" | "boolean" | "null" | "array" | "object";

/** Keywords that apply to values of one type. */
const OF_TYPE: Readonly<Partial<Record<Type, readonly string[]>>> = {
  // Strict validators reject formats they do not know; `digly check` validates them.
  string: ["minLength", "maxLength", "pattern"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  array: ["items", "minItems", "maxItems", "uniqueItems", "contains"],
  object: [
    "required",
    "minProperties",
    "maxProperties",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "dependencies",
  ],
};

/** Annotations, and keywords that apply to values of any type. */
const PLAIN = [
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "enum",
  "const",
];

const DEFINITION = /^#\/definitions\/([^/]+)$/;

/** The strict form of `document`, with only those `definitions` that are referenced. */
export function toStrict(document: SchemaMap): SchemaMap {
  const definitions = new Map<string, unknown>();
  const { $schema, title, definitions: _definitions, ...root } = document;
  const strictRoot = ofValue(root, undefined) as SchemaMap;
  return { $schema, title, ...strictRoot, definitions: Object.fromEntries(definitions) };

  /** `known` is the type that an enclosing schema requires. */
  function ofValue(node: unknown, known: Type | undefined): unknown {
    if (!isSchemaMap(node)) return node !== false;
    const types = typesOf(node["type"], known);
    if (types?.length === 0) return false;
    const out: Record<string, unknown> = {};
    for (const key of PLAIN) if (node[key] !== undefined) out[key] = node[key];
    const only = types?.length === 1 ? types[0] : undefined;
    const all: unknown[] = [];
    if (only !== undefined) {
      Object.assign(out, { type: only }, ofType(node, only));
    } else if (types !== undefined) {
      all.push({ anyOf: types.map((type) => ({ type, ...ofType(node, type) })) });
    } else {
      for (const type of Object.keys(OF_TYPE) as Type[]) {
        const keywords = ofType(node, type);
        if (Object.keys(keywords).length === 0) continue;
        all.push({ if: { type }, then: { type, ...keywords } });
      }
    }
    addCombined(node, only, out, all);
    if (node["$ref"] !== undefined) {
      if (Object.keys(out).every((key) => key === "description" || key === "title")) {
        out["$ref"] = reference(String(node["$ref"]));
      } else all.push({ $ref: reference(String(node["$ref"])) });
    }
    return all.length === 0
      ? out
      : { ...out, allOf: [...(out["allOf"] as unknown[] | undefined ?? []), ...all] };
  }

  /** Adds the keywords that apply subschemas to the same value. */
  function addCombined(
    node: SchemaMap,
    known: Type | undefined,
    out: Record<string, unknown>,
    all: unknown[],
  ): void {
    for (const key of ["allOf", "anyOf", "oneOf"]) {
      const list = node[key];
      if (!Array.isArray(list)) continue;
      const parts = list.map((part) => ofValue(part, known));
      if (key === "allOf") all.unshift(...parts);
      else out[key] = parts;
    }
    if (node["not"] !== undefined) out["not"] = ofValue(node["not"], known);
    const { if: condition, then, else: otherwise } = node;
    if (condition === undefined || (then === undefined && otherwise === undefined)) return;
    out["if"] = ofValue(condition, known);
    if (then !== undefined) out["then"] = ofValue(then, known);
    if (otherwise !== undefined) out["else"] = ofValue(otherwise, known);
  }

  /** The keywords of `node` that apply to values of `type`. */
  function ofType(node: SchemaMap, type: Type): SchemaMap {
    const keywords = OF_TYPE[type === "integer" ? "number" : type] ?? [];
    const out: Record<string, unknown> = {};
    for (const key of keywords) {
      const value = node[key];
      if (value === undefined) continue;
      if (key === "items") Object.assign(out, ofItems(value, node["additionalItems"]));
      else if (key === "properties") out[key] = ofMap(value);
      else if (key === "dependencies") out[key] = ofDependencies(value);
      else if (key === "required") out[key] = [...new Set(value as string[])];
      else if (key === "patternProperties") out[key] = ofPatterns(value, node["properties"]);
      else if (key === "additionalProperties" || key === "contains" || key === "propertyNames") {
        out[key] = ofValue(value, key === "propertyNames" ? "string" : undefined);
      } else out[key] = value;
    }
    const required = out["required"] as string[] | undefined;
    if (required !== undefined && required.length > 0) {
      const undefinedOnes = required.map((name) => [name, true]);
      out["properties"] = { ...Object.fromEntries(undefinedOnes), ...out["properties"] as object };
    }
    return out;
  }

  function ofMap(map: unknown): SchemaMap {
    const entries = isSchemaMap(map) ? Object.entries(map) : [];
    return Object.fromEntries(entries.map(([key, value]) => [key, ofValue(value, undefined)]));
  }

  /** Excludes properties that are defined by name from the patterns. */
  function ofPatterns(patterns: unknown, properties: unknown): SchemaMap {
    const names = isSchemaMap(properties) ? Object.keys(properties) : [];
    return Object.fromEntries(
      Object.entries(ofMap(patterns)).map(([pattern, schema]) => {
        const expression = new RegExp(pattern, "u");
        const matched = names.filter((name) => expression.test(name));
        const others = matched.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
        return [
          matched.length === 0 ? pattern : `^(?!(?:${others.join("|")})$)(?=.*(?:${pattern}))`,
          schema,
        ];
      }),
    );
  }

  /** Each item may match any schema of a tuple, because a loop produces any number of items. */
  function ofItems(items: unknown, others: unknown): SchemaMap {
    if (!Array.isArray(items)) return { items: ofValue(items, undefined) };
    if (others === undefined || others === true) return {};
    const all = others === false ? items : [...items, others];
    return { items: { anyOf: all.map((item) => ofValue(item, undefined)) } };
  }

  function ofDependencies(map: unknown): SchemaMap {
    const entries = isSchemaMap(map) ? Object.entries(map) : [];
    return Object.fromEntries(
      entries.map(([key, value]) => [key, Array.isArray(value) ? value : ofValue(value, "object")]),
    );
  }

  /** A reference to a definition, which is created from the schema at `pointer`. */
  function reference(pointer: string): string {
    if (pointer === "#") return pointer;
    const name = DEFINITION.exec(pointer)?.[1] ??
      decodeURIComponent(pointer.slice(2)).replace(/^definitions\//, "").replace(/[^\w.-]+/g, "-");
    if (!definitions.has(name)) {
      definitions.set(name, true); // a definition may refer to itself
      definitions.set(name, ofValue(lookUp(pointer, document), undefined));
    }
    return `#/definitions/${name}`;
  }
}

/** The types that a value can have; `undefined` for any, empty for none. */
function typesOf(written: unknown, known: Type | undefined): Type[] | undefined {
  if (written === undefined) return known === undefined ? undefined : [known];
  const types = [...new Set([written].flat())] as Type[];
  if (known === undefined) return types;
  if (types.includes(known)) return [known];
  if (known === "integer" && types.includes("number")) return [known];
  return known === "number" && types.includes("integer") ? ["integer"] : [];
}

function lookUp(pointer: string, document: SchemaMap): unknown {
  let at: unknown = document;
  for (const step of decodeURIComponent(pointer.slice(2)).split("/")) {
    at = (at as SchemaMap | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at ?? true;
}
