/** What PostgreSQL says about a statement: which parameters are arrays, and the types of its columns. */
import { isArrayType } from "./postgres_arrays.ts";
import type { Schema } from "./rows.ts";

/** A statement as the server describes it. */
export interface Description {
  /** For each parameter, whether it is an array. */
  readonly isArray: readonly boolean[];
  /** Empty for a statement that gives no rows. */
  readonly columns: readonly DescribedColumn[];
}

/** A column of a result. */
export interface DescribedColumn {
  readonly name: string;
  /** The type of its values that are not null, as they are read. */
  readonly schema: Schema;
  /** Where its values come from; 0 for an expression. */
  readonly table: number;
  /** The number of its column there. */
  readonly number: number;
}

/** What the driver gives. */
interface Described {
  readonly types: readonly number[];
  readonly columns: readonly {
    readonly name: string;
    readonly type: number;
    readonly table: number;
    readonly number: number;
  }[];
}

/** Schemas by the object identifiers of types (`select oid, typname from pg_type`). */
const SCHEMAS: ReadonlyMap<number, Schema> = new Map<number, Schema>([
  [16, { type: "boolean" }],
  [17, {}], // bytea: bytes
  [20, { type: "integer" }], // int8
  [21, { type: "integer" }], // int2
  [23, { type: "integer" }], // int4
  [26, { type: "integer" }], // oid
  [114, {}], // json
  [3802, {}], // jsonb
  [700, { type: "number" }], // float4
  [701, { type: "number" }], // float8
]);

/** Reads a description of the driver; `parsers` include those of the arrays of the database's own types. */
export function describeStatement(
  { types, columns }: Described,
  parsers: Readonly<Record<number, unknown>>,
): Description {
  const isArray = (type: number) =>
    isArrayType(type) ||
    (parsers[type] as { readonly array?: boolean } | undefined)?.array === true;
  // What is not read in another way is text, such as `numeric`, `uuid` and enumerations.
  const schemaOf = (type: number): Schema =>
    isArray(type) ? { type: "array" } : SCHEMAS.get(type) ?? { type: "string" };
  return {
    isArray: types.map(isArray),
    columns: columns.map(({ name, type, table, number }) => ({
      name,
      schema: schemaOf(type),
      table,
      number,
    })),
  };
}
