/** Values between expressions and SQLite. */
import { SqlError } from "./sql_error.ts";

/** What SQLite stores. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** A value as SQLite takes it: it has no booleans, and lists and maps are JSON there. */
export function toSqlite(value: unknown): SqliteValue {
  switch (typeof value) {
    case "string":
    case "bigint":
      return value;
    case "number":
      return Number.isNaN(value) ? null : value;
    case "boolean":
      return value ? 1 : 0;
    case "undefined":
      return null;
    case "object":
      if (value === null || value instanceof Uint8Array) return value;
      if (value instanceof Date) return value.toISOString();
      return jsonText(value);
  }
  throw new SqlError("other", `a ${typeof value} cannot be bound`);
}

/** A list or a map as JSON; integers beyond 2^53 keep their digits. */
export function jsonText(value: object): string {
  return JSON.stringify(
    value,
    (_key, item: unknown) => typeof item === "bigint" ? String(item) : item,
  );
}

/** A row whose integers are numbers where these are exact, and a BigInt elsewhere. */
export function exactRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const column of Object.keys(row)) {
    const value = row[column];
    if (typeof value === "bigint") row[column] = exactInteger(value);
  }
  return row;
}

/** An integer as a number if that is exact. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A result for validation: the schema library knows an integer as a number only. */
export function withoutBigInts(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return shared(value, value.map(withoutBigInts));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value);
  const changed = entries.map(([key, item]) => [key, withoutBigInts(item), item] as const);
  return changed.every(([, item, before]) => item === before) ? value : Object.fromEntries(changed);
}

/** The list itself if nothing in it has changed. */
function shared(list: readonly unknown[], changed: readonly unknown[]): readonly unknown[] {
  return changed.every((item, index) => item === list[index]) ? list : changed;
}
