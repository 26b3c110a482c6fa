/** Creates the state of compiling one document. */
import type { Limits } from "../../contract/limits.ts";
import type { Path } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import { Budget } from "../budget.ts";
import { COMPILE_TIME, type Reporter, type TemplateForm } from "../form.ts";
import type { CompileContext, CompileOptions, Walk } from "./context.ts";
import { charge, reportDirectiveError, reportExpressionError } from "./report.ts";

/** Begins to compile a document, on its own or as a part of another. */
export function createCompileContext(
  document: Located,
  options: CompileOptions,
  walk: Walk,
  outer?: CompileContext,
): CompileContext {
  const context: CompileContext = {
    document,
    options,
    walk,
    sourceMap: outer?.sourceMap ?? new WeakMap(),
    budget: outer?.budget ?? documentBudget(options.limits),
    chain: outer === undefined ? [] : [...outer.chain, outer.document.source.url],
    path: [],
    moved: undefined,
    failures: 0,
    reporter: new CompileReporter(() => context),
    reported: outer?.reported ?? new Set(),
  };
  return context;
}

function documentBudget(limits: Limits): Budget {
  return new Budget("The document", limits, { nodes: "nodes", text: "documentText" });
}

/** The reporter of a context: whatever path it is given, it reports where the walk is. */
export class CompileReporter implements Reporter {
  readonly form: TemplateForm = COMPILE_TIME;
  readonly #context: () => CompileContext;

  constructor(context: () => CompileContext) {
    this.#context = context;
  }

  noteCondition(_path: Path, outcome: boolean): void {
    const { document, options: { onCondition }, path } = this.#context();
    if (onCondition === undefined) return;
    const at = [...path];
    onCondition(() => document.originAt(at), outcome);
  }

  reportDirectiveError(problem: string, _path: Path, help?: string, anchor?: Anchor): void {
    reportDirectiveError(this.#context(), problem, help, anchor);
  }

  reportExpressionError(error: unknown, _path: Path, anchor?: Anchor): void {
    reportExpressionError(this.#context(), error, anchor);
  }

  charge(nodes: number, text: number): void {
    charge(this.#context(), nodes, text);
  }
}
