/** Which steps and loop variables each place of a job sees, with their types. */
import type { Path } from "../../contract/author.ts";
import { actionSteps, DEFAULT_VARIABLE, type StepFields } from "./fields.ts";

/** A type as definitions declare it. */
export type Type = Readonly<Record<string, unknown>>;

/** What expressions at a place see. */
export interface Visible {
  /** The types of the outputs of steps, by name. */
  readonly steps: ReadonlyMap<string, Type>;
  /** The types of loop variables. */
  readonly variables: ReadonlyMap<string, Type>;
  /** The step that has failed, in its `catch`. */
  readonly failed?: string | undefined;
}

/** A place with expressions. */
export interface Place {
  readonly at: Path;
  readonly visible: Visible;
}

/** A step with its place. */
export interface PlacedStep {
  readonly step: StepFields;
  readonly path: Path;
}

/** The places with expressions, and all steps, in the order of the manifest. */
export interface Layout {
  readonly places: readonly Place[];
  readonly steps: readonly PlacedStep[];
  /** What `output` of the job sees. */
  readonly end: Visible;
}

const ANY: Type = {};
const NULL: Type = { type: "null" };

/** Works out what each place of a job sees. */
export function layOut(steps: readonly StepFields[]): Layout {
  const places: Place[] = [];
  const placed: PlacedStep[] = [];
  const nothing: Visible = { steps: new Map(), variables: new Map() };

  /** Gives what the place after the steps sees. */
  function visitAll(list: readonly StepFields[], path: Path, before: Visible): Visible {
    let visible = before;
    list.forEach((step, index) => {
      visible = visit(step, [...path, index], visible);
    });
    return visible;
  }

  function visit(step: StepFields, path: Path, before: Visible): Visible {
    placed.push({ step, path });
    places.push({ at: [...path, "if"], visible: before }, {
      at: [...path, "for"],
      visible: before,
    });
    const inside = step.for === undefined ? before : withVariable(step, path, before);
    places.push({ at: [...path, "inputs"], visible: inside });
    step.switch?.forEach((_, index) => {
      places.push({ at: [...path, "switch", index, "if"], visible: inside });
    });
    let nested = inside.steps;
    for (const { steps, path: at } of actionSteps(step, path)) {
      const isParallel = at.at(-1) === "parallel";
      const after = isParallel
        ? visitBranches(steps, at, inside)
        : visitAll(steps, at, inside).steps;
      const mayBeSkipped = !isParallel;
      nested = merged(nested, after, mayBeSkipped);
    }
    const ended: Visible = {
      ...before,
      // The steps of a loop belong to one of its items.
      steps: withOutput(step, path, step.for === undefined ? nested : before.steps),
    };
    let after = ended;
    if (step.catch !== undefined) {
      const caught = visitAll(step.catch, [...path, "catch"], {
        ...after,
        failed: step.name ?? after.failed,
      });
      after = { ...after, steps: merged(after.steps, caught.steps, true) };
    }
    return step.finally === undefined ? after : visitAll(step.finally, [...path, "finally"], after);
  }

  /** Steps that run at the same time do not see each other. */
  function visitBranches(
    branches: readonly StepFields[],
    path: Path,
    before: Visible,
  ): ReadonlyMap<string, Type> {
    let after = before.steps;
    branches.forEach((branch, index) => {
      after = merged(after, visit(branch, [...path, index], before).steps, false);
    });
    return after;
  }

  const end = visitAll(steps, ["steps"], nothing);
  return { places, steps: placed, end };
}

function withVariable(
  { for: items, as = DEFAULT_VARIABLE }: StepFields,
  path: Path,
  visible: Visible,
): Visible {
  const type = Array.isArray(items) ? ANY : { $elementOf: [...path, "for"].join(".") };
  return { ...visible, variables: new Map([...visible.variables, [as, type]]) };
}

function withOutput(step: StepFields, path: Path, steps: ReadonlyMap<string, Type>) {
  if (step.name === undefined) return steps;
  const isOptional = step.if !== undefined && step.if !== true;
  const type = outputType(step, path);
  return new Map([...steps, [step.name, isOptional ? optional(type) : type]]);
}

/** The steps of both; those that are only in `after` may have been skipped. */
function merged(
  before: ReadonlyMap<string, Type>,
  after: ReadonlyMap<string, Type>,
  mayBeSkipped: boolean,
): ReadonlyMap<string, Type> {
  const all = new Map(before);
  for (const [name, type] of after) {
    if (!before.has(name)) all.set(name, mayBeSkipped ? optional(type) : type);
  }
  return all;
}

function optional(type: Type): Type {
  return { anyOf: [type, NULL] };
}

function outputType(step: StepFields, path: Path): Type {
  // The last output of `catch` takes the place of that of the step.
  if (step.catch !== undefined) return ANY;
  const type = actionType(step, path);
  return step.for === undefined ? type : { type: "array", items: type };
}

function actionType(step: StepFields, path: Path): Type {
  if (step.parallel !== undefined) {
    const named = step.parallel.flatMap((branch, index): [string, Type][] =>
      branch.name === undefined
        ? []
        : [[branch.name, outputType(branch, [...path, "parallel", index])]]
    );
    return {
      type: "object",
      properties: Object.fromEntries(named),
      required: named.map(([name]) => name),
      additionalProperties: false,
    };
  }
  for (const field of ["execute", "resource"] as const) {
    if (step[field] !== undefined) return { $outputOf: [...path, field].join(".") };
  }
  return ANY;
}

const ERROR: Type = {
  type: "object",
  required: ["code", "message", "status", "data"],
  properties: {
    code: { type: "string" },
    message: { type: "string" },
    status: { type: ["integer", "null"] },
    data: {},
  },
  additionalProperties: false,
};

/** The names and types of what is visible, as `scopes` of a definition would have them. */
export function variablesOf({ steps, variables, failed }: Visible): Record<string, Type> {
  const properties = Object.fromEntries(
    Array.from(steps, ([name, output]) => [name, {
      type: "object",
      required: ["output", "error"],
      properties: { output, error: name === failed ? ERROR : optional(ERROR) },
    }]),
  );
  return {
    ...Object.fromEntries(variables),
    // Names of steps are checked with better messages than the type checker has.
    steps: { type: "object", required: [...steps.keys()], properties },
  };
}
