/** What expressions in a test case may use, and what is wrong with those that use something else. */
import type { Node } from "../cel/ast.ts";
import { checkCondition, checkTypes } from "../cel/check/check.ts";
import { typeOfValue } from "../cel/check/value_type.ts";
import type { Type } from "../cel/types.ts";
import { visit } from "../cel/uses.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { typeOfSchema } from "../load/types/schema_type.ts";
import type { DeferredCode } from "../template/deferred/deferred_expression.ts";
import { engine } from "../template/expr/engine.ts";
import type { Program } from "../template/expr/program.ts";
import type { Step } from "./test_case.ts";

/** The names that expectations may use. */
export const NAMES = ["steps", "step", "events", "logs", "stdout"] as const;

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
export interface Problem {
  readonly problem: string;
  readonly help: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** What is wrong with an expectation of a case with these steps. */
export function problemOfExpectation(
  program: Program,
  steps: readonly Step[],
  types: ReadonlyMap<string, Type>,
): Problem | undefined {
  return nameProblem(program) ?? stepProblem(program, steps) ??
    checkCondition(program.tree, program.text, (name) => types.get(name)).problems
      .find(({ severity }) => severity === "error");
}

/** What is wrong with an expression in the step at `index`, which sees those before it. */
export function problemInStep(
  { program, bound }: DeferredCode,
  steps: readonly Step[],
  index: number,
): Problem | undefined {
  const types = typesFor(steps.slice(0, index));
  const typeOf = (name: string) =>
    bound?.has(name) ? typeOfValue(bound.get(name)) : types.get(name);
  return stepProblem(program, steps, index) ??
    checkTypes(program.tree, program.text, typeOf).problems
      .find(({ severity }) => severity === "error");
}

function nameProblem({ uses, text }: Program): Problem | undefined {
  const names: readonly string[] = NAMES;
  const unknown = uses.find(({ root, isType }) => !isType && !names.includes(root));
  if (unknown === undefined) return undefined;
  const { root, path, start } = unknown;
  return {
    problem: `Unknown name "${root}"`,
    help: engine().unknownNameHelp({
      name: root,
      path,
      names,
      env: undefined,
      expression: text,
      start,
    }) ?? `Known here: ${names.join(", ")}`,
    start,
    end: start + root.length,
  };
}

/**
 * A step that does not exist or has not run, or a field that only other steps have. `ran` steps have
 * run when the expression is evaluated.
 */
function stepProblem(
  { tree }: Program,
  steps: readonly Step[],
  ran = steps.length,
): Problem | undefined {
  const problems: Problem[] = [];
  visit(tree, (node) => {
    const problem = problemOfNode(node, steps, ran);
    if (problem !== undefined) problems.push(problem);
  });
  // What follows a wrong name is wrong only because of it.
  return problems.sort((one, other) => one.start - other.start)[0];
}

function problemOfNode(node: Node, steps: readonly Step[], ran: number): Problem | undefined {
  if (node.kind === "index") {
    const index = constantIndex(node);
    if (index === undefined || (index >= 0 && index < ran)) return undefined;
    return { ...missingStep(index, steps.length, ran), ...spanOf(node) };
  }
  if (node.kind !== "select" || node.optional) return undefined;
  const { operand, field, fieldSpan } = node;
  const name = operand.kind === "identifier" ? operand.name : undefined;
  const position = steps.findIndex((step) => step.name === field);
  if (name === "steps") {
    return {
      problem: `steps is a list and has no field "${field}"`,
      help: position === -1
        ? "Write steps[0] for the first step, or give the step a name and write step.<name>"
        : `Write step.${field}, or steps[${position}]`,
      ...fieldSpan,
    };
  }
  if (name === "step" && (position === -1 || position >= ran)) {
    const names = steps.slice(0, ran).flatMap((step) => step.name ?? []);
    const listed = names.length === 0 ? "No step has a name here" : `Known: ${names.join(", ")}`;
    return {
      problem: position === -1
        ? `No step is named "${field}"`
        : `The step "${field}" has not run yet`,
      help: didYouMean(field, names) ?? listed,
      ...fieldSpan,
    };
  }
  const index = stepIn(operand, steps);
  const step = typeof index === "number" ? steps[index] : undefined;
  const other = step && otherField(step, field);
  if (other === undefined) return undefined;
  return {
    problem: `This step has no ${field}: it ${other.does}`,
    help: other.help,
    ...fieldSpan,
  };
}

function missingStep(
  index: number,
  count: number,
  ran: number,
): Pick<Problem, "problem" | "help"> {
  if (index >= 0 && index < count) {
    return {
      problem: `The step ${index} has not run yet`,
      help: ran === 0 ? "No step runs before this one" : `The step before is steps[${ran - 1}]`,
    };
  }
  return {
    problem: `There is no step ${index}: the case has ${count === 1 ? "1 step" : `${count} steps`}`,
    help: count === 0 ? "Add `steps` to the case" : "The first step is steps[0]",
  };
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
export function stepIn(node: Node, steps: readonly Step[]): number | "any" | undefined {
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
