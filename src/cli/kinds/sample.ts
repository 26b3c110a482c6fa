/** Generates an example of a kind from the required fields of its schema. */
import { isSchemaMap, type SchemaMap, schemaTarget } from "../../contract/schema_map.ts";

/** The resource as data. */
export function sampleResource(kind: string, schema: unknown): SchemaMap {
  const fields = sample(schema, schema, 0);
  return { kind, metadata: { name: "Example" }, ...(isSchemaMap(fields) ? fields : {}) };
}

/** The maximum depth of a sample, for schemas that refer to themselves. */
const MAX_DEPTH = 8;

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  time: "12:00:00Z",
  duration: "PT30S",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  "uri-reference": "/path",
  uuid: "6f1c2c1e-7a52-4a0e-9d2b-0c7f2f1b5a11",
};

function sample(node: unknown, root: unknown, depth: number): unknown {
  const schema = flatten(schemaTarget(node, root), root);
  if (schema === undefined || depth > MAX_DEPTH) return "…";
  if ("default" in schema) return schema["default"];
  if ("const" in schema) return schema["const"];
  for (const key of ["examples", "enum"]) {
    const list = schema[key];
    if (Array.isArray(list) && list.length > 0) return list[0];
  }
  const { type: written } = schema;
  const type = Array.isArray(written) ? written[0] : written;
  switch (type ?? (isSchemaMap(schema["properties"]) ? "object" : "string")) {
    case "object":
      return sampleObject(schema, root, depth);
    case "array": {
      const count = Math.max(1, Number(schema["minItems"] ?? 0));
      return Array.from({ length: count }, () => sample(schema["items"], root, depth + 1));
    }
    case "integer":
    case "number":
      return sampleNumber(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    default: {
      if (schema["format"] === "digly-urn") {
        return `${[schema["digly:kind"] ?? "Kind"].flat()[0]}.Name`;
      }
      const text = FORMATS[String(schema["format"])] ?? "text";
      return text.padEnd(Number(schema["minLength"] ?? 0), "x")
        .slice(0, Number(schema["maxLength"] ?? Infinity));
    }
  }
}

/** Fills the required fields; if there are none, the fields with a default. */
function sampleObject(schema: SchemaMap, root: unknown, depth: number): SchemaMap {
  const properties = isSchemaMap(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] as string[] : [];
  const shown = required.length > 0 || depth > 0
    ? required
    : Object.keys(properties).filter((name) => {
      const field = schemaTarget(properties[name], root);
      return isSchemaMap(field) && "default" in field;
    });
  return Object.fromEntries(
    shown.map((
      name,
    ) => [
      name,
      sample(Object.hasOwn(properties, name) ? properties[name] : true, root, depth + 1),
    ]),
  );
}

function sampleNumber(schema: SchemaMap): number {
  const step = Number(schema["multipleOf"] ?? 1);
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  if (minimum !== undefined) return Math.ceil(Number(minimum) / step) * step;
  if (exclusiveMinimum !== undefined) {
    return (Math.floor(Number(exclusiveMinimum) / step) + 1) * step;
  }
  if (maximum !== undefined) return Math.min(step, Math.floor(Number(maximum) / step) * step);
  if (exclusiveMaximum !== undefined) {
    return Math.min(step, (Math.ceil(Number(exclusiveMaximum) / step) - 1) * step);
  }
  return step;
}

/** Merges `allOf` and the first alternative of `oneOf` and `anyOf` into a schema. */
function flatten(schema: unknown, root: unknown): SchemaMap | undefined {
  if (schema === true || schema === undefined || schema === null) return {};
  if (!isSchemaMap(schema)) return undefined;
  const parts = [
    ...(Array.isArray(schema["allOf"]) ? schema["allOf"] : []),
    ...["oneOf", "anyOf"].flatMap((key) =>
      Array.isArray(schema[key]) ? schema[key].slice(0, 1) : []
    ),
  ];
  let whole = schema;
  for (const part of parts) {
    const more = flatten(schemaTarget(part, root), root);
    if (more === undefined || more === schema) continue;
    whole = {
      ...more,
      ...whole,
      properties: { ...asMap(more["properties"]), ...asMap(whole["properties"]) },
      required: [...new Set([...asList(whole["required"]), ...asList(more["required"])])],
    };
    if (!("properties" in schema) && Object.keys(asMap(whole["properties"])).length === 0) {
      const { properties: _none, ...rest } = whole;
      whole = rest;
    }
  }
  return whole;
}

function asMap(value: unknown): SchemaMap {
  return isSchemaMap(value) ? value : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
