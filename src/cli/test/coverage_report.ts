/** Writes the coverage of tests: as a table for people, and as lcov for tools. */
import type { CoveredFile } from "../../testing/coverage.ts";
import { columnWidths } from "../columns.ts";

/** The table: one line for each manifest, and one for all. */
export function coverageTable(
  files: readonly CoveredFile[],
  pathOf: (file: string) => string,
): string {
  if (files.length === 0) return "\nNothing in the apps can be covered\n";
  const rows = files.map((file) => {
    const { resources, branches } = countsOf([file]);
    return [pathOf(file.file), resources, branches, gapsOf(file).join(", ")];
  });
  const { resources, branches } = countsOf(files);
  const table = [["Coverage", "resources", "branches", "not covered"], ...rows];
  if (files.length > 1) table.push(["all", resources, branches, ""]);
  const widths = columnWidths(table.map((row) => row.slice(0, -1)));
  const lines = table.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
  return `\n${lines.join("\n")}\n`;
}

function countsOf(files: readonly CoveredFile[]): { resources: string; branches: string } {
  const resources = files.flatMap((file) => file.resources);
  const branches = files.flatMap(decisionsOf).flatMap((decision) => decision.branches);
  return {
    resources: fraction(resources.map(({ executions }) => executions)),
    branches: fraction(branches.map(({ taken }) => taken)),
  };
}

/** `3/4`; `-` if there is nothing. */
function fraction(counts: readonly number[]): string {
  if (counts.length === 0) return "-";
  return `${counts.filter((count) => count > 0).length}/${counts.length}`;
}

/** A condition or a `switch`. */
interface Decision {
  readonly line: number;
  readonly column: number;
  readonly branches: readonly Branch[];
}

interface Branch {
  readonly line: number;
  readonly taken: number;
  /** What is said about one that was not taken. */
  readonly gap: string;
}

function decisionsOf({ conditions, switches }: CoveredFile): Decision[] {
  return [
    ...conditions.map(({ line, column, whenTrue, whenFalse }) => ({
      line,
      column,
      branches: [
        { line, taken: whenTrue, gap: "never true" },
        { line, taken: whenFalse, gap: "never false" },
      ],
    })),
    ...switches.map(({ line, column, branches }) => ({
      line,
      column,
      branches: branches.map(({ line, isDefault, taken }) => ({
        line,
        taken,
        gap: `${isDefault ? "default" : "case"} never taken`,
      })),
    })),
  ].sort((one, other) => one.line - other.line || one.column - other.column);
}

/** What is not covered, such as `12 Sql.Query.Users`, `18 never false` or `24 default never taken`. */
function gapsOf(file: CoveredFile): string[] {
  const gaps = [
    ...file.resources.filter(({ executions }) => executions === 0)
      .map(({ line, urn }) => ({ line, text: urn })),
    ...decisionsOf(file).flatMap(({ line, branches }) => {
      const missing = branches.filter(({ taken }) => taken === 0);
      if (missing.length === branches.length) return [{ line, text: "not reached" }];
      return missing.map(({ line, gap }) => ({ line, text: gap }));
    }),
  ];
  return gaps.sort((one, other) => one.line - other.line)
    .map(({ line, text }) => `${line} ${text}`);
}

/** The format of lcov: resources are functions, conditions and `switch`es are blocks of branches. */
export function lcov(files: readonly CoveredFile[]): string {
  return files.map((covered) => {
    const { file, resources } = covered;
    const decisions = decisionsOf(covered);
    const lines = new Map<number, number>();
    const count = (line: number, times: number) => lines.set(line, (lines.get(line) ?? 0) + times);
    for (const { line, executions } of resources) count(line, executions);
    const all = decisions.flatMap(({ branches }) => branches);
    for (const { line, taken } of all) count(line, taken);
    const branches = decisions.flatMap(({ branches }, block) => {
      const isReached = branches.some(({ taken }) => taken > 0);
      return branches.map(({ line, taken }, branch) =>
        `BRDA:${line},${block},${branch},${isReached ? taken : "-"}`
      );
    });
    const sorted = [...lines].sort(([one], [other]) => one - other);
    return [
      "TN:",
      `SF:${file}`,
      ...resources.map(({ line, urn }) => `FN:${line},${urn}`),
      ...resources.map(({ executions, urn }) => `FNDA:${executions},${urn}`),
      `FNF:${resources.length}`,
      `FNH:${resources.filter(({ executions }) => executions > 0).length}`,
      ...branches,
      `BRF:${branches.length}`,
      `BRH:${all.filter(({ taken }) => taken > 0).length}`,
      ...sorted.map(([line, times]) => `DA:${line},${times}`),
      `LF:${sorted.length}`,
      `LH:${sorted.filter(([, times]) => times > 0).length}`,
      "end_of_record",
      "",
    ].join("\n");
  }).join("");
}
