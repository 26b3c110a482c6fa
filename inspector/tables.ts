/** Snapshots of resources of one kind as a table. */
import type { ResourceSnapshotView } from "../src/inspector/api.ts";
import { inline } from "./format.ts";

/** More columns than these are not legible; the rest is in the details of a row. */
const COLUMNS = 8;

/** A row: a snapshot, or one part of a snapshot that consists of parts. */
export interface SnapshotRow {
  readonly urn: string;
  /** The name of the part. */
  readonly part: string | undefined;
  /** The text of each column. */
  readonly cells: readonly string[];
  readonly error: string | undefined;
  /** All of the snapshot, or of the part. */
  readonly snapshot: unknown;
}

/** A table for the resources of one kind. */
export interface SnapshotTable {
  readonly kind: string;
  /** The field that contains the parts, such as the `resources` of a policy. */
  readonly parts: string | undefined;
  readonly columns: readonly string[];
  readonly rows: readonly SnapshotRow[];
}

/** The tables, sorted by kind. Columns are the fields of the snapshots, in their order. */
export function snapshotTables(items: readonly ResourceSnapshotView[]): readonly SnapshotTable[] {
  const byKind = new Map<string, ResourceSnapshotView[]>();
  for (const item of items) {
    const group = byKind.get(item.kind) ?? [];
    byKind.set(item.kind, group);
    group.push(item);
  }
  return [...byKind].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, group]) => {
    const parts = commonParts(group);
    const rows = group.flatMap(({ urn, snapshot, error }) => {
      const entries: readonly (readonly [part: string | undefined, value: unknown])[] =
        parts === undefined || !isRecord(snapshot)
          ? [[undefined, snapshot]]
          : Object.entries(snapshot[parts] as object);
      return entries.map(([part, value]) => ({ urn, part, error, snapshot: value }));
    });
    const names = rows.flatMap(({ snapshot }) =>
      isRecord(snapshot) ? Object.keys(snapshot) : snapshot === undefined ? [] : ["value"]
    );
    const columns = [...new Set(names)].slice(0, COLUMNS);
    return {
      kind,
      parts,
      columns,
      rows: rows.map((row) => ({ ...row, cells: columns.map((name) => cell(row.snapshot, name)) })),
    };
  });
}

/** The only field of all snapshots, if it has a map of maps in each. */
function commonParts(group: readonly ResourceSnapshotView[]): string | undefined {
  const fields = group.flatMap(({ snapshot }) =>
    snapshot === undefined ? [] : [isRecord(snapshot) ? Object.entries(snapshot) : []]
  );
  const name = fields[0]?.[0]?.[0];
  const isCommon = fields.every(([field, ...others]) =>
    field?.[0] === name && others.length === 0 && isRecord(field?.[1]) &&
    Object.values(field[1]).length > 0 && Object.values(field[1]).every(isRecord)
  );
  return isCommon ? name : undefined;
}

function cell(snapshot: unknown, name: string): string {
  const value = isRecord(snapshot)
    ? Object.hasOwn(snapshot, name) ? snapshot[name] : undefined
    : name === "value"
    ? snapshot
    : undefined;
  return value === undefined ? "" : typeof value === "string" ? value : inline(value, 60);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
