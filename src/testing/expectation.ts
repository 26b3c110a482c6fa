/** The expectations of a test case: expressions that must be true after its steps. */
import type { Node } from "../cel/ast.ts";
import { checkCondition } from "../cel/check/check.ts";
import type { Type } from "../cel/types.ts";
import { visit } from "../cel/uses.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import type { Explanation } from "../contract/templates.ts";
import { differenceLines, showValue } from "../diagnostics/difference.ts";
import { typeOfSchema } from "../load/types/schema_type.ts";
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

const NAMES = ["steps", "step", "events", "logs", "stdout"] as const;

const TEXT = { type: "string" };

const ERROR_FIELDS = {
  code: TEXT,
  message: TEXT,
  status: { type: ["integer", "null"] },
  data: {},
};

const STEP = {
  type: "object",
  required: ["name", "error"],
  properties: {
    name: { type: ["string", "null"] },
    result: {},
    response: {
      type: "object",
      required: ["status", "headers", "body"],
      properties: {
        status: { type: "integer" },
        headers: { type: "object", additionalProperties: TEXT },
        body: {},
      },
      additionalProperties: false,
    },
    error: {
      type: ["object", "null"],
      properties: ERROR_FIELDS,
      required: Object.keys(ERROR_FIELDS),
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

const record = (properties: Readonly<Record<string, unknown>>) => ({
  type: "array",
  items: {
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  },
});

const NULLABLE_TEXT = { type: ["string", "null"] };

const EVENTS = record({
  event: TEXT,
  timestamp: TEXT,
  resource: NULLABLE_TEXT,
  kind: NULLABLE_TEXT,
  name: NULLABLE_TEXT,
  source: NULLABLE_TEXT,
  payload: {},
});

const LOGS = record({ level: TEXT, owner: TEXT, message: TEXT, fields: {} });

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
    const problem = nameProblem(program) ?? stepProblem(program, steps) ??
      checkCondition(program.tree, source, (name) => types.get(name)).problems
        .find(({ severity }) => severity === "error");
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

/** The types of what the expectations of a case with these steps see. */
export function typesFor(steps: readonly Step[]): ReadonlyMap<string, Type> {
  const read = (schema: unknown) => typeOfSchema(schema, { side: "read" });
  const named = steps.flatMap(({ name }) => name === undefined ? [] : [name]);
  const step = {
    type: "object",
    properties: Object.fromEntries(named.map((name) => [name, STEP])),
    required: named,
    additionalProperties: false,
  };
  return new Map([
    ["steps", read({ type: "array", items: STEP })],
    ["step", read(step)],
    ["events", read(EVENTS)],
    ["logs", read(LOGS)],
    ["stdout", read(TEXT)],
  ]);
}

/** What is wrong, and the part of the expression that is. */
interface Problem {
  readonly problem: string;
  readonly help: string | undefined;
  readonly start: number;
  readonly end: number;
}

function nameProblem({ uses }: Program): Problem | undefined {
  const names: readonly string[] = NAMES;
  const unknown = uses.find(({ root, isType }) => !isType && !names.includes(root));
  if (unknown === undefined) return undefined;
  const { root, path, start } = unknown;
  return {
    problem: `Unknown name "${root}"`,
    help: engine().unknownNameHelp({ name: root, path, names, env: undefined }) ??
      `Known here: ${names.join(", ")}`,
    start,
    end: start + root.length,
  };
}

/** A step that does not exist, or a field that only other steps have. */
function stepProblem({ tree }: Program, steps: readonly Step[]): Problem | undefined {
  let found: Problem | undefined;
  visit(tree, (node) => {
    if (node.kind === "index") {
      const index = constantIndex(node);
      if (index === undefined || index < steps.length) return;
      const count = steps.length === 1 ? "1 step" : `${steps.length} steps`;
      found ??= {
        problem: `There is no step ${index}: the case has ${count}`,
        help: steps.length === 0 ? "Add `steps` to the case" : "The first step is steps[0]",
        ...spanOf(node),
      };
    } else if (node.kind === "select") {
      const index = stepIn(node.operand, steps);
      const step = typeof index === "number" ? steps[index] : undefined;
      const other = step && otherField(step, node.field);
      if (other === undefined) return;
      found ??= {
        problem: `This step has no ${node.field}: it ${other.does}`,
        help: other.help,
        ...node.fieldSpan,
      };
    }
  });
  return found;
}

function otherField(step: Step, field: string): { does: string; help: string } | undefined {
  if (field === "response" && step.http === undefined) {
    return step.execute === undefined
      ? { does: "waits", help: "Only a step with `http` has one" }
      : { does: "executes a resource", help: "Read its `result`" };
  }
  if (field !== "result" || step.execute !== undefined) return undefined;
  return step.http === undefined
    ? { does: "waits", help: "Only a step with `execute` has one" }
    : { does: "sends a request", help: "Read its `response`, such as response.body" };
}

/** The index of the step that `steps[0]` or `step.greet` is; `any` for another step. */
function stepIn(node: Node, steps: readonly Step[]): number | "any" | undefined {
  if (node.kind === "index") return constantIndex(node);
  if (
    node.kind === "select" && node.operand.kind === "identifier" && node.operand.name === "step"
  ) {
    const index = steps.findIndex(({ name }) => name === node.field);
    return index === -1 ? undefined : index;
  }
  return "any";
}

function constantIndex(node: Node & { kind: "index" }): number | undefined {
  const { operand, index } = node;
  const isStep = operand.kind === "identifier" && operand.name === "steps";
  return isStep && index.kind === "literal" && typeof index.value === "number"
    ? index.value
    : undefined;
}

function spanOf({ start, end }: Node): { start: number; end: number } {
  return { start, end };
}

function placeOf(
  { program, offset, origin }: Expectation,
  { start, end }: Pick<ExpressionPart, "start" | "end">,
): Origin | undefined {
  if (origin === undefined) return undefined;
  return placeOfPart(origin, { expression: program.text, offset, start, end }) ?? origin;
}
