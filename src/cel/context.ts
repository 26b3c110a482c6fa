/** One evaluation: the values of names, what may still be spent, and what was made on the way. */
import { DEFAULT_LIMITS, type Limits, raiseLimit } from "../contract/limits.ts";
import { CelError } from "./cel_error.ts";
import { Special } from "./values.ts";

/** Reads the file that `file(path)` names. */
export type FileReader = (path: string) => string;

/** How many characters cost one step. */
const TEXT_PER_STEP_BITS = 6;
/** How many characters cost one step if each is a value of its own, or found by an expression. */
const CHARACTERS_PER_STEP_BITS = 4;

/** The state of one evaluation. */
export class Context {
  /** The values of variables, and of names that macros bind, by slot. */
  readonly slots: unknown[];
  readonly limits: Limits;
  readonly readFile: FileReader | undefined;
  steps: number;
  /** Lists and maps made here that hold values which are not plain data. */
  #convertible: WeakSet<object> | undefined;

  constructor(slots: unknown[], limits: Limits = DEFAULT_LIMITS, readFile?: FileReader) {
    this.slots = slots;
    this.limits = limits;
    this.readFile = readFile;
    this.steps = limits.expressionSteps;
  }

  /** Begins another evaluation. What was noted may stay: no other one meets those objects. */
  restart(): void {
    this.steps = this.limits.expressionSteps;
  }

  /** Counts steps; the bound keeps an expression from taking time or memory without end. */
  spend(steps: number): void {
    if ((this.steps -= steps) < 0) throw stepsError(this.limits);
  }

  /** Counts what it costs to produce so much text. */
  spendText(length: number): void {
    if ((this.steps -= 1 + (length >> TEXT_PER_STEP_BITS)) < 0) throw stepsError(this.limits);
  }

  /** Counts what it costs to read so much text again: nothing if it is short. */
  spendReading(length: number): void {
    if ((this.steps -= length >> TEXT_PER_STEP_BITS) < 0) throw stepsError(this.limits);
  }

  /** Counts text that is read character by character, which takes several times as long. */
  spendCharacters(length: number): void {
    if ((this.steps -= 1 + (length >> CHARACTERS_PER_STEP_BITS)) < 0) throw stepsError(this.limits);
  }

  /** True for values that have to be converted before they leave the expression. */
  needsConversion(value: unknown): boolean {
    if (typeof value === "bigint") return true;
    if (typeof value !== "object" || value === null) return false;
    return value instanceof Special || value instanceof Uint8Array ||
      (this.#convertible !== undefined && this.#convertible.has(value));
  }

  /** Notes that `container`, made by the expression, holds `item`. */
  note(container: object, item: unknown): void {
    if (this.needsConversion(item)) (this.#convertible ??= new WeakSet()).add(container);
  }
}

function stepsError({ expressionSteps }: Limits): CelError {
  return new CelError("The expression takes too many steps", {
    limit: "expressionSteps",
    help: raiseLimit(
      "expressionSteps",
      expressionSteps,
      "Make the lists and texts it goes through smaller",
    ),
  });
}

/** What `||`, `exists` and their like may outweigh; everything else is thrown on. */
export function absorb(error: unknown): CelError {
  if (error instanceof CelError && error.details.limit === undefined) return error;
  throw error;
}
