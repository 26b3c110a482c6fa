/** The expectations of a test case: expressions that must be true after its steps. */
import { visit } from "../cel/uses.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import type { Explanation } from "../contract/templates.ts";
import { differenceLines, showValue } from "../diagnostics/difference.ts";
import { ErrorValueRead } from "../template/deferred/error_value.ts";
import { engine } from "../template/expr/engine.ts";
import {
  ExpressionError,
  type ExpressionPart,
  placeOfPart,
} from "../template/expr/expression_error.ts";
import type { Program } from "../template/expr/program.ts";
import { rootScope } from "../template/expr/scope.ts";
import { describe } from "../template/expr/values.ts";
import { type NAMES, problemOfExpectation, stepIn, typesFor } from "./case_expressions.ts";
import type { Step, TestCase } from "./test_case.ts";

/** An expectation, compiled. */
export interface Expectation {
  readonly program: Program;
  /** Where the expression begins in its string. */
  readonly offset: number;
  readonly origin: Origin | undefined;
}

/** What expectations see. */
export type Observed = Readonly<Record<(typeof NAMES)[number], unknown>>;

/**
 * Compiles the expectations of a case. Mistakes that show before the case runs are reported: what is
 * not an expression or not a boolean, unknown names and steps, wrong types.
 */
export function compileExpectations(
  testCase: TestCase,
  report: (error: DiglyError) => void,
): Expectation[] {
  const { fields: { expect, steps } } = testCase;
  const types = typesFor(steps);
  return expect.flatMap((text, index) => {
    const origin = testCase.originAt(["expect", index]);
    const source = text.trim();
    const offset = text.indexOf(source);
    let program: Program;
    try {
      program = engine().compileExpression(source);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      report(error.at(offset).toDiglyError("ERR_COMPILATION_FAILED", origin));
      return [];
    }
    const expectation: Expectation = { program, offset, origin };
    const problem = problemOfExpectation(program, steps, types);
    if (problem === undefined) return [expectation];
    const words = problem.problem.replace(/^A condition must/, "An expectation must");
    report(fail("ERR_EXPRESSION_TYPE", { problem: words, expression: source }, {
      origin: placeOf(expectation, problem),
      help: problem.help,
    }));
    return [];
  });
}

/** The steps whose errors an expectation reads: they may fail. `all` if it is not known which. */
export function stepsThatMayFail(
  expectations: readonly Expectation[],
  steps: readonly Step[],
): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { program } of expectations) {
    visit(program.tree, (node) => {
      if ((node.kind !== "select" && node.kind !== "has") || node.field !== "error") return;
      const step = stepIn(node.operand, steps);
      if (typeof step === "number") found.add(step);
      else for (const index of steps.keys()) found.add(index);
    });
  }
  return found;
}

/** Evaluates an expectation; gives what is wrong if it is not true. */
export function evaluateExpectation(
  expectation: Expectation,
  observed: Observed,
): DiglyError | undefined {
  const { program, origin } = expectation;
  const scope = rootScope(observed);
  const text = program.text.replaceAll(/\s+/g, " ");
  let problem: string;
  let help: string | undefined;
  let place = origin;
  try {
    const value = engine().evaluate(program, scope);
    if (value === true) return undefined;
    problem = value === false
      ? `The expectation is false: ${text}`
      : `An expectation must be a boolean, and this is ${describe(value)}: ${text}`;
  } catch (error) {
    if (!(error instanceof ExpressionError)) {
      if (error instanceof ErrorValueRead) return undefined;
      throw error;
    }
    problem = `The expectation failed: ${error.problem}`;
    help = error.help;
    place = placeOf(expectation, error);
  }
  const lines = explanationLines(engine().explainExpression(program, scope), program.text);
  return fail("ERR_ASSERTION_FAILED", {
    problem: [problem, ...lines].join("\n"),
  }, { origin: place, help });
}

/** The values of the parts of an expression, and where lists, maps and long strings differ. */
function explanationLines({ parts, unequal }: Explanation, whole: string): string[] {
  const values = parts.filter(({ text, problem }) => problem === undefined && text !== whole)
    .map(({ text, value }) => `${text.replaceAll(/\s+/g, " ")} is ${showValue(value)}`);
  const differences = unequal.filter(({ actual, expected }) =>
    [actual, expected].every((value) => typeof value === "object" && value !== null) ||
    [actual, expected].every((value) => typeof value === "string" && value.includes("\n"))
  ).flatMap(({ actual, expected }) => differenceLines(actual, expected));
  return differences.length === 0
    ? values
    : [...values, "The difference:", ...differences.map((line) => `  ${line}`)];
}

function placeOf(
  { program, offset, origin }: Expectation,
  { start, end }: Pick<ExpressionPart, "start" | "end">,
): Origin | undefined {
  if (origin === undefined) return undefined;
  return placeOfPart(origin, { expression: program.text, offset, start, end }) ?? origin;
}
