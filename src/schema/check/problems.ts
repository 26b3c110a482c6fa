/** The results of checking a JSON Schema. */
import type { Path, PathSegment, ValueMap } from "../../contract/resource.ts";

/** A mistake in a schema, or with `isWarning` something that is probably unintended. */
export interface SchemaProblem {
  readonly path: Path;
  /** True if the key is meant, not its value. */
  readonly atKey: boolean;
  readonly problem: string;
  readonly help: string | undefined;
  readonly isWarning: boolean;
}

/** The state of one check. */
export interface SchemaCheck {
  /** The whole schema, which `#/…` references lead into. */
  readonly root: unknown;
  /** What `path` leads into: the schema, or the map of properties it was made of. */
  readonly written: unknown;
  readonly isDraft7: boolean;
  readonly path: PathSegment[];
  readonly problems: SchemaProblem[];
}

/** Checks the value of one keyword, `node` being the schema that has it. */
export type KeywordCheck = (check: SchemaCheck, value: unknown, node: ValueMap) => void;

/** Reports a mistake at the current path. */
export function report(check: SchemaCheck, problem: string, help?: string): void {
  const mistake = isExpression(check) ? NOT_EVALUATED : { problem, help };
  check.problems.push({ path: [...check.path], atKey: false, ...mistake, isWarning: false });
}

const NOT_EVALUATED = {
  problem: "expressions in schemas are not evaluated",
  help: "Write the schema out, or refer to a type of the app: { $ref: Data.Type.Name }",
};

/** True if the value at the current path is an expression. */
function isExpression({ written, path }: SchemaCheck): boolean {
  let value: unknown = written;
  for (const step of path) value = (value as Readonly<Record<PathSegment, unknown>> | null)?.[step];
  return typeof value === "string" && /^\s*\$\{[^]*\}\s*$/.test(value);
}

/** Reports something without effect at the current path. */
export function warn(check: SchemaCheck, problem: string, help: string, atKey = false): void {
  check.problems.push({ path: [...check.path], atKey, problem, help, isWarning: true });
}

/** Runs `work` one step further into the schema. */
export function within(check: SchemaCheck, step: PathSegment, work: () => void): void {
  check.path.push(step);
  work();
  check.path.pop();
}

/** A description of a value for messages. */
export function sortOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the string "${value}"`;
  if (typeof value === "object") return "a map";
  return `the ${typeof value} ${String(value)}`;
}
