/** Sorts the values of expressions by the lines that they are on. */
import type { ExpressionValue } from "../src/inspector/api.ts";

/** The expressions of one resource in one file. */
export interface ExpressionGroup {
  readonly urn: string;
  readonly file: string;
  /** By line; on a line, by column. */
  readonly byLine: ReadonlyMap<number, readonly ExpressionValue[]>;
}

interface MutableGroup extends ExpressionGroup {
  readonly byLine: Map<number, ExpressionValue[]>;
}

/** The groups, in the order in which their first expressions were evaluated. */
export function groupExpressions(
  expressions: readonly ExpressionValue[],
): readonly ExpressionGroup[] {
  const groups = new Map<string, MutableGroup>();
  for (const expression of expressions) {
    const { urn, file, line } = expression;
    const key = `${urn}\n${file}`;
    const group: MutableGroup = groups.get(key) ?? { urn, file, byLine: new Map() };
    groups.set(key, group);
    const values = group.byLine.get(line) ?? [];
    group.byLine.set(line, values);
    values.push(expression);
    values.sort((a, b) => a.column - b.column || a.atMs - b.atMs);
  }
  return [...groups.values()];
}
