/** The fields of a kind with an example of each, for its page. */
import { loadAll } from "js-yaml";
import { fieldsOf, type SchemaField } from "../../src/cli/kinds/schema_fields.ts";
import type { KindDescription } from "../../src/contract/kind_description.ts";
import { isSchemaMap } from "../../src/contract/schema_map.ts";

/** A field as its page shows it. */
export interface DocumentedField extends SchemaField {
  readonly description: string;
  /** As YAML. */
  readonly default: string | undefined;
  /** A value as YAML; `undefined` if none fits into a cell of a table. */
  readonly example: string | undefined;
}

/** Longest example in a table. */
const MAX_LENGTH = 80;

/** The fields of `kind`; what its schema gives no example for is looked up in the example of the kind. */
export function documentedFields({ kind, schema, example }: KindDescription): DocumentedField[] {
  const resources = loadAll(example ?? "").filter(isSchemaMap)
    .filter((resource) => resource["kind"] === kind);
  return fieldsOf(schema).map((field) => ({
    ...field,
    description: field.description ?? "",
    default: field.default === undefined ? undefined : written(JSON.parse(field.default)),
    example: [...field.examples, ...resources.flatMap((one) => valuesAt(one, field.path))]
      .map(inline).find((text) => text !== undefined),
  }));
}

/** The values of a field, whose path is written as in {@link SchemaField}. */
function valuesAt(resource: unknown, path: string): unknown[] {
  const steps = path.split(".").flatMap((step) => step.split(/(?=\[\])/));
  return steps.reduce<unknown[]>((values, step) =>
    values.flatMap((value) => {
      if (step === "[]") return Array.isArray(value) ? value : [];
      if (!isSchemaMap(value)) return [];
      return step === "*" ? Object.values(value) : step in value ? [value[step]] : [];
    }), [resource]);
}

/** A value as it is written on one line of YAML. */
function inline(value: unknown): string | undefined {
  const text = written(value);
  return text.length > MAX_LENGTH || /[\n`]/.test(text) ? undefined : text;
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (isSchemaMap(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${written(item)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return typeof value === "string" ? scalar(value) : JSON.stringify(value);
}

/** A string, in quotes where it would be something else without. */
function scalar(text: string): string {
  const isPlain = /^(?=.*[A-Za-z/])[\w./][\w./:+-]*(?: [\w./+-]+)*$/.test(text) &&
    !text.endsWith(":") &&
    !/^(?:true|false|null|yes|no|on|off)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
