/** Values between expressions and PostgreSQL, both as text. */
import { arrayText, arrayTypes, type PostgresType } from "./postgres_arrays.ts";
import { SqlError } from "./sql_error.ts";
import { exactInteger, jsonText } from "./values.ts";

/** A value as text for a parameter; lists become arrays where the parameter is one, JSON elsewhere. */
export function toPostgres(value: unknown, isArray: boolean): string | null {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "undefined":
      return null;
    case "object":
      if (value === null) return null;
      if (value instanceof Uint8Array) return `\\x${hex(value)}`;
      if (value instanceof Date) return value.toISOString();
      return isArray && Array.isArray(value)
        ? arrayText(value, (item) => toPostgres(item, false))
        : jsonText(value);
  }
  throw new SqlError("other", `a ${typeof value} cannot be bound`);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Object identifiers of types (`select oid, typname from pg_type`). */
const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const JSON_TYPE = 114;
const JSON_TYPES = [JSON_TYPE, 3802];
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

const asIs = (value: unknown) => value;
const isoTime = (text: string) => text.replace(" ", "T");

/**
 * How the driver reads and writes single values. Parameters are text already; dates and times stay text, in
 * the form of RFC 3339, because a Date has no microseconds and no days without a time.
 */
const SINGLE_TYPES: Record<string, PostgresType> = {
  number: {
    to: 701,
    from: [21, 23, 26, 700, 701],
    serialize: asIs,
    parse: Number,
  },
  boolean: { to: BOOL, from: [BOOL], serialize: asIs, parse: (text: string) => text === "t" },
  bytea: { to: BYTEA, from: [BYTEA], serialize: asIs, parse: bytesOf },
  bigint: {
    to: INT8,
    from: [INT8],
    serialize: asIs,
    parse: (text: string) => exactInteger(BigInt(text)),
  },
  json: {
    to: JSON_TYPE,
    from: JSON_TYPES,
    serialize: asIs,
    parse: (text: string) => JSON.parse(text),
  },
  date: { to: DATE, from: [DATE], serialize: asIs, parse: asIs },
  timestamp: { to: TIMESTAMP, from: [TIMESTAMP], serialize: asIs, parse: isoTime },
  timestamptz: {
    to: TIMESTAMPTZ,
    from: [TIMESTAMPTZ],
    serialize: asIs,
    // The session's time zone is UTC.
    parse: (text: string) => isoTime(text).replace(/\+00$/, "Z"),
  },
};

/** How the driver reads and writes types. */
export const POSTGRES_TYPES: Record<string, PostgresType> = {
  ...SINGLE_TYPES,
  ...arrayTypes(Object.values(SINGLE_TYPES)),
};

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = parseInt(text.slice(2 * index + 2, 2 * index + 4), 16);
  }
  return bytes;
}
