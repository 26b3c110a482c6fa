/** What the checker finds. */
import type { Node, Span } from "../ast.ts";
import type { CelError } from "../cel_error.ts";

/** One thing that is wrong with an expression, or hardly meant. */
export interface TypeProblem extends Span {
  readonly severity: "error" | "warning";
  /** A sentence without a final period. */
  readonly problem: string;
  readonly help: string | undefined;
  /** True for a warning about a value that may be missing or null. */
  readonly mayBeAbsent?: boolean;
}

/** Collects problems, each once. */
export class Problems {
  readonly #list: TypeProblem[] = [];
  readonly #source: string;
  #isQuiet = false;

  constructor(source: string) {
    this.#source = source;
  }

  /** What was found. A value that may be missing matters only once the part around it is right. */
  get reported(): readonly TypeProblem[] {
    const errors = this.#list.filter(({ severity }) => severity === "error");
    if (errors.length === 0) return this.#list;
    return this.#list.filter((problem) =>
      problem.mayBeAbsent !== true ||
      !errors.some(({ start, end }) => start <= problem.start && problem.end <= end)
    );
  }

  /** The text of the expression. */
  get source(): string {
    return this.#source;
  }

  /** The text of a part of the expression. */
  textOf({ start, end }: Span): string {
    return this.#source.slice(start, end);
  }

  /** An expression that fails whenever it is evaluated. */
  error({ problem, details, span }: CelError, node: Node): void {
    this.#add({ severity: "error", problem, help: details.help, ...spanOf(span ?? node) });
  }

  warning(problem: string, help: string | undefined, span: Span): void {
    this.#add({ severity: "warning", problem, help, ...spanOf(span) });
  }

  /** A value that may be missing or null. */
  absence(problem: string, help: string, span: Span): void {
    this.#add({ severity: "warning", problem, help, ...spanOf(span), mayBeAbsent: true });
  }

  /** Runs without collecting anything: what is looked at again was reported already. */
  quietly<T>(run: () => T): T {
    const before = this.#isQuiet;
    this.#isQuiet = true;
    try {
      return run();
    } finally {
      this.#isQuiet = before;
    }
  }

  #add(problem: TypeProblem): void {
    if (!this.#isQuiet) this.#list.push(problem);
  }
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}
