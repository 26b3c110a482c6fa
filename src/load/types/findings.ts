/** What is found in parts of an app that were not evaluated, and what it is found with. */
import type { TypeProblem } from "../../cel/check/problems.ts";
import { typeOfValue } from "../../cel/check/value_type.ts";
import { mapOf, STRING, type Type } from "../../cel/types.ts";
import type { Warning } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import type { Program } from "../../template/expr/program.ts";
import { lookUp, type Scope } from "../../template/expr/scope.ts";

/** A problem, by its place and words. */
export type Findings = Map<string, DiglyError | Warning>;

/** The type of a name in a scope; `undefined` if there is no such name. */
export type TypeInScope = (scope: Scope, name: string) => Type | undefined;

/** Types of values, each of which is looked at once. */
export function typesOfValues(): TypeInScope {
  const types = new WeakMap<object, Type>();
  return (scope, name) => {
    const value = lookUp(scope, name);
    if (value === undefined) return undefined;
    // Other variables may be set where the app runs.
    if (name === "env") return mapOf(STRING);
    if (typeof value !== "object" || value === null) return typeOfValue(value);
    let type = types.get(value);
    if (type === undefined) types.set(value, type = typeOfValue(value));
    return type;
  };
}

/** Problems as they are reported, by their place and words. */
export function findingsOf(
  problems: readonly TypeProblem[],
  { program: { text }, offset }: {
    readonly program: Pick<Program, "text">;
    readonly offset: number;
  },
  whole: Origin,
): Findings {
  const findings: Findings = new Map();
  for (const { severity, problem, help, start, end } of problems) {
    const origin = placeOfPart(whole, { expression: text, offset, start, end }) ?? whole;
    const error = severity === "error"
      ? fail("ERR_EXPRESSION_TYPE", { problem, expression: text }, { origin, help })
      : { code: "WARN_EXPRESSION_TYPE" as const, message: problem, origin, help };
    findings.set(keyOfFinding(error), error);
  }
  return findings;
}

/** Those of the findings that were found before, too. */
export function inCommon(before: Findings | undefined, findings: Findings): Findings {
  if (before === undefined) return findings;
  return new Map([...before].filter(([key]) => findings.has(key)));
}

/** The place and the words of a problem. */
export function keyOfFinding({ origin, message }: DiglyError | Warning): string {
  return `${origin?.file}:${origin?.line}:${origin?.column} ${message}`;
}
