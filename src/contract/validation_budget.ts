/**
 * The budget of validating one value. A schema can require exponential work and a value can be
 * arbitrarily large, so every validator spends from a budget: a step for each loop iteration, each
 * call and each recorded error.
 */

/** Upper bounds on schemas, and on checking one value against one. */
export interface ValidationBounds {
  /** Nodes of one schema, with everything that it refers to put in its place. */
  readonly schemaNodes: number;
  /** Steps in all. */
  readonly validationSteps: number;
  /** Validators calling each other: how deep the schema and the value nest together. */
  readonly validationDepth: number;
}

/** The limits that a validator may reach. */
export type BudgetLimit = "validationSteps" | "validationDepth";

/** Thrown by a validator that has spent its budget. */
export class BudgetExceeded extends Error {
  readonly limit: BudgetLimit;

  constructor(limit: BudgetLimit) {
    super(`The limit ${limit} was reached`);
    this.limit = limit;
  }
}

/** The maximum number of errors kept per value. */
const MAX_ERRORS = 200;

let stepsLeft = Infinity;
let depthLeft = Infinity;

/** Runs `work` on a value with a budget of its own. */
export function withBudget<Value, T>(
  bounds: ValidationBounds,
  value: Value,
  work: (value: Value) => T,
): T {
  const steps = stepsLeft;
  const depth = depthLeft;
  stepsLeft = bounds.validationSteps;
  depthLeft = bounds.validationDepth;
  try {
    return work(value);
  } finally {
    stepsLeft = steps;
    depthLeft = depth;
  }
}

/** Spends one step. */
export function step(): void {
  if (--stepsLeft < 0) throw new BudgetExceeded("validationSteps");
}

/** Spends `steps` at once. */
export function spend(steps: number): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) throw new BudgetExceeded("validationSteps");
}

/** Spends a step, and one level of depth until {@link leave} is called. */
export function enter(): void {
  step();
  if (--depthLeft < 0) throw new BudgetExceeded("validationDepth");
}

/** Gives back the level of depth that {@link enter} took. */
export function leave(): void {
  depthLeft++;
}

/** Adds an error to those of one value. */
export function record(errors: object[], error: object): void {
  if (errors.length < MAX_ERRORS) errors.push(error);
}

/** Adds the errors of a part of the value, which nobody else reads from then on. */
export function join(errors: object[] | null, more: object[]): object[] {
  if (errors === null) return more;
  for (const error of more) {
    if (errors.length >= MAX_ERRORS) break;
    errors.push(error);
  }
  return errors;
}

/** Drops the errors recorded since there were `count`. */
export function rewind(errors: object[], count: number): void {
  if (errors.length > count) errors.length = count;
}
