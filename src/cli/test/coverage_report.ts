/** Writes the coverage of tests: as a table for people, and as lcov for tools. */
import type { CoveredCondition, CoveredFile } from "../../testing/coverage.ts";

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
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
  return `\n${lines.join("\n")}\n`;
}

function countsOf(files: readonly CoveredFile[]): { resources: string; branches: string } {
  const resources = files.flatMap((file) => file.resources);
  const branches = files.flatMap((file) => file.conditions).flatMap(branchesOf);
  return {
    resources: fraction(resources.map(({ executions }) => executions)),
    branches: fraction(branches),
  };
}

/** `3/4`; `-` if there is nothing. */
function fraction(counts: readonly number[]): string {
  if (counts.length === 0) return "-";
  return `${counts.filter((count) => count > 0).length}/${counts.length}`;
}

function branchesOf({ whenTrue, whenFalse }: CoveredCondition): [number, number] {
  return [whenTrue, whenFalse];
}

/** `12 Sql.Query.Users` for a resource that was not executed, `18 never false` for a condition. */
function gapsOf({ resources, conditions }: CoveredFile): string[] {
  const gaps = [
    ...resources.filter(({ executions }) => executions === 0)
      .map(({ line, urn }) => ({ line, text: urn })),
    ...conditions.flatMap(({ line, whenTrue, whenFalse }) => {
      if (whenTrue > 0 && whenFalse > 0) return [];
      const missing = whenTrue === 0 && whenFalse === 0
        ? "not reached"
        : whenTrue === 0
        ? "never true"
        : "never false";
      return [{ line, text: missing }];
    }),
  ];
  return gaps.sort((one, other) => one.line - other.line)
    .map(({ line, text }) => `${line} ${text}`);
}

/** The format of lcov: resources are functions, conditions have two branches each. */
export function lcov(files: readonly CoveredFile[]): string {
  return files.map(({ file, resources, conditions }) => {
    const lines = new Map<number, number>();
    const count = (line: number, times: number) => lines.set(line, (lines.get(line) ?? 0) + times);
    for (const { line, executions } of resources) count(line, executions);
    for (const { line, whenTrue, whenFalse } of conditions) count(line, whenTrue + whenFalse);
    const branches = conditions.flatMap((condition, block) => {
      const counts = branchesOf(condition);
      const isReached = counts.some((times) => times > 0);
      return counts.map((times, branch) =>
        `BRDA:${condition.line},${block},${branch},${isReached ? times : "-"}`
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
      `BRH:${conditions.flatMap(branchesOf).filter((times) => times > 0).length}`,
      ...sorted.map(([line, times]) => `DA:${line},${times}`),
      `LF:${sorted.length}`,
      `LH:${sorted.filter(([, times]) => times > 0).length}`,
      "end_of_record",
      "",
    ].join("\n");
  }).join("");
}
