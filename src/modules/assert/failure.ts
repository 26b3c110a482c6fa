/** The errors of assertions. */
import {
  type DiglyError,
  explanationLines,
  type Expression,
  fail,
  isDiglyError,
  messageOf,
  type ModuleCreateContext,
  type Path,
} from "../../contract/author.ts";

/** The error of an assertion that is not true; further lines explain it. */
export function failed(
  ctx: ModuleCreateContext,
  at: Path,
  [problem, ...lines]: readonly [string, ...string[]],
): DiglyError {
  return fail("Assert.Failed", { problem: [problem, ...lines].join("\n") }, {
    origin: ctx.originAt(at),
  });
}

/** The error of an assertion about the result of an execution that has failed. */
export function executionFailed(urn: string, error: unknown): DiglyError {
  return fail("Assert.Failed", { problem: `${urn} failed: ${messageOf(error)}` }, {
    ...(isDiglyError(error) ? { origin: error.origin, help: error.help } : {}),
    cause: error,
  });
}

/** A condition with its place in the resource. */
interface Condition {
  readonly at: Path;
  readonly text: string;
  readonly evaluate: Expression;
}

/** Compiles the conditions in `expect`; the function throws for those that are not true. */
export function compileConditions(
  expect: string | readonly string[] = [],
  ctx: ModuleCreateContext,
): (scope: Readonly<Record<string, unknown>>) => void {
  const conditions = pathsOf(expect).map(({ text, at }): Condition => ({
    at,
    text: text.trim(),
    evaluate: ctx.expression(text, at),
  }));
  return (scope) => {
    const problems = conditions.flatMap((condition) => {
      const lines = problemOf(condition, scope);
      return lines === undefined ? [] : [{ at: condition.at, lines }];
    });
    const [first] = problems;
    if (first === undefined) return;
    const [line = "", ...lines] = problems.flatMap((problem) => problem.lines);
    throw failed(ctx, first.at, [line, ...lines]);
  };
}

/** The conditions of a field that is one or a list of them, with their paths. */
export function pathsOf(
  expect: string | readonly string[],
): readonly { readonly text: string; readonly at: Path }[] {
  if (typeof expect === "string") return [{ text: expect, at: ["expect"] }];
  return expect.map((text, index) => ({ text, at: ["expect", index] }));
}

/** Why a condition is not true, with the values of its parts. */
function problemOf(
  { text, evaluate }: Condition,
  scope: Readonly<Record<string, unknown>>,
): readonly string[] | undefined {
  const explained = () => explanationLines(evaluate.explain(scope));
  const withTitle = (title: string, lines: readonly string[]) => [
    title,
    ...lines.map((line) => `  ${line}`),
  ];
  try {
    const result = evaluate(scope);
    if (result === true) return undefined;
    const title = result === false ? "is false" : "is neither true nor false";
    return withTitle(`\`${text}\` ${title}`, explained());
  } catch (error) {
    const reason = reasonOf(error);
    const others = explained().filter((line) => !line.endsWith(reason));
    return withTitle(`\`${text}\` cannot be evaluated: ${reason}`, others);
  }
}

/** What is wrong with an expression, without the resource that evaluated it. */
function reasonOf(error: unknown): string {
  const { problem } = (isDiglyError(error) ? error.details : {}) as { readonly problem?: string };
  return problem ?? messageOf(error);
}
