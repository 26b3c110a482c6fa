/** Snapshots of resources of one kind as a table. */
import type { ResourceSnapshotView } from "../src/inspector/api.ts";
import { inline } from "./format.ts";

/** More columns than these are not legible; the rest is in the details of a row. */
const COLUMNS = 8;

/** A table for the resources of one kind. */
export interface SnapshotTable {
  readonly kind: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly urn: string;
    /** The text of each column. */
    readonly cells: readonly string[];
    readonly error: string | undefined;
    readonly snapshot: unknown;
  }[];
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
    const names = group.flatMap(({ snapshot }) =>
      isRecord(snapshot) ? Object.keys(snapshot) : snapshot === undefined ? [] : ["value"]
    );
    const columns = [...new Set(names)].slice(0, COLUMNS);
    return {
      kind,
      columns,
      rows: group.map(({ urn, snapshot, error }) => ({
        urn,
        cells: columns.map((name) => {
          const value = isRecord(snapshot)
            ? Object.hasOwn(snapshot, name) ? snapshot[name] : undefined
            : name === "value"
            ? snapshot
            : undefined;
          return value === undefined ? "" : typeof value === "string" ? value : inline(value, 60);
        }),
        error,
        snapshot,
      })),
    };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
