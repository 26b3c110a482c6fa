/** Creates the state of compiling one document. */
import type { Limits } from "../../contract/limits.ts";
import type { Located } from "../../contract/source.ts";
import { Budget } from "../budget.ts";
import { COMPILE_TIME, type Reporter } from "../form.ts";
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
    reporter: createReporter(() => context),
    reported: outer?.reported ?? new Set(),
  };
  return context;
}

function documentBudget(limits: Limits): Budget {
  return new Budget("The document", limits, { nodes: "nodes", text: "documentText" });
}

/** Makes the reporter of a context: whatever path it is given, it reports where the walk is. */
export function createReporter(context: () => CompileContext): Reporter {
  return {
    form: COMPILE_TIME,
    noteCondition(_path, outcome) {
      const { document, options: { onCondition }, path } = context();
      if (onCondition === undefined) return;
      const at = [...path];
      onCondition(() => document.originAt(at), outcome);
    },
    reportDirectiveError: (problem, _path, help, anchor) =>
      reportDirectiveError(context(), problem, help, anchor),
    reportExpressionError: (error, _path, anchor) =>
      reportExpressionError(context(), error, anchor),
    charge: (nodes, text) => charge(context(), nodes, text),
  };
}
