/** The JSON Schema of the result of a query, whatever its database. */
import type { QueryFields } from "./fields.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** A column of a result. */
export interface ColumnSchema {
  readonly name: string;
  readonly schema: Schema;
}

/** A schema that also allows null. */
export function orNull(schema: Schema): Schema {
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: "null" }] };
}

/** The schema of what a query gives, which may be no row at all. */
export function resultOf(
  columns: readonly ColumnSchema[],
  returns: QueryFields["returns"],
  mayBeNone: boolean,
): Schema {
  const row: Schema = {
    type: "object",
    required: columns.map(({ name }) => name),
    properties: Object.fromEntries(columns.map(({ name, schema }) => [name, schema])),
    additionalProperties: false,
  };
  if (returns === "many") return { type: "array", items: row };
  return mayBeNone ? orNull(row) : row;
}

const AGGREGATE = /\b(?:count|sum|total|avg|min|max|\w+_agg|group_concat|json\w*_group_\w+)\s*\(/i;

/** True for a statement whose functions put several rows into one. */
export function hasAggregate(bare: string): boolean {
  return AGGREGATE.test(bare);
}

/** True for a statement that may give no row: a query of a table, an update, or a conditional insert. */
export function mayHaveNoRow(bare: string): boolean {
  if (/^SELECT\b/i.test(bare)) return /\bFROM\b/i.test(bare);
  return !/^(?:INSERT|REPLACE)\b/i.test(bare) || /\b(?:SELECT|NOTHING|IGNORE)\b/i.test(bare);
}
