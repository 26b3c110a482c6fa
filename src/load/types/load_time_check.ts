/**
 * Type-checks what was evaluated while the app was loaded: the parts of expressions that conditions
 * skipped, and the branches of directives that were never taken.
 */
import { checkTypes } from "../../cel/check/check.ts";
import type { VariableTypes } from "../../cel/check/environment.ts";
import type { TypeProblem } from "../../cel/check/problems.ts";
import { typeOfValue } from "../../cel/check/value_type.ts";
import { visit } from "../../cel/uses.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { withoutRepeats } from "../../diagnostics/repeats.ts";
import type { EvaluatedExpression } from "../../template/expr/evaluated.ts";
import type { Program } from "../../template/expr/program.ts";
import type { App } from "../load.ts";
import { checkBranch } from "./branch_check.ts";
import {
  type Findings,
  findingsOf,
  inCommon,
  type TypeInScope,
  typesOfValues,
} from "./findings.ts";

/** Reports what is wrong in parts that were not evaluated. */
export async function checkLoadTime(
  app: Pick<App, "evaluated" | "skippedBranches" | "registry" | "kinds">,
  diagnostics: Diagnostics,
): Promise<void> {
  const reporter = withoutRepeats(diagnostics);
  const report = (findings: Findings) => {
    for (const problem of findings.values()) {
      if (problem instanceof Error) reporter.error(problem);
      else reporter.warning(problem);
    }
  };
  const typeOf = typesOfValues();
  for (const findings of inExpressions(app.evaluated, typeOf)) report(findings);
  for (const times of app.skippedBranches) {
    let common: Findings | undefined;
    for (const branch of times) {
      common = inCommon(common, await checkBranch(branch, typeOf, app));
      if (common.size === 0) break;
    }
    if (common !== undefined) report(common);
  }
}

/**
 * The problems of evaluated expressions. Nothing that was evaluated failed, so they are in parts
 * that were not. A part that other values reach is sound, whatever the check says with these.
 */
function* inExpressions(
  evaluated: readonly EvaluatedExpression[],
  typeOf: TypeInScope,
): Iterable<Findings> {
  const byProgram = new Map<Program, EvaluatedExpression[]>();
  for (const one of evaluated) {
    const others = byProgram.get(one.program);
    if (others !== undefined) others.push(one);
    else if (mayHaveSkipped(one.program)) byProgram.set(one.program, [one]);
  }
  for (const all of byProgram.values()) {
    const problems = all.map((one) => problemsOf(one, typeOf));
    if (problems.every(({ length }) => length === 0)) continue;
    const byPlace = new Map<string, Findings>();
    for (const [index, one] of all.entries()) {
      const origin = one.originOf();
      const key = `${origin.file}:${origin.line}:${origin.column}:${one.offset}`;
      const findings = findingsOf(problems[index] ?? [], one, origin);
      byPlace.set(key, inCommon(byPlace.get(key), findings));
    }
    yield* byPlace.values();
  }
}

function problemsOf(one: EvaluatedExpression, typeOf: TypeInScope): readonly TypeProblem[] {
  const { program, scope, bound } = one;
  const variables: VariableTypes = (name) =>
    bound?.has(name) ? typeOfValue(bound.get(name)) : typeOf(scope, name);
  const { problems } = checkTypes(program.tree, program.text, variables);
  return problems.filter(({ mayBeAbsent }) => !mayBeAbsent);
}

const branching = new WeakMap<Program, boolean>();

/** Whether evaluating an expression may leave out a part of it. */
function mayHaveSkipped(program: Program): boolean {
  let may = branching.get(program);
  if (may === undefined) {
    may = false;
    visit(program.tree, ({ kind }) => {
      if (SKIPPING.has(kind)) may = true;
    });
    branching.set(program, may);
  }
  return may;
}

const SKIPPING: ReadonlySet<string> = new Set([
  "conditional",
  "logical",
  "comprehension",
  "optMap",
  "binary",
]);
