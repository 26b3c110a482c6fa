/** Error reporting and limits for template expansion. */
import type { Diagnostics, Warning } from "../../contract/diagnostics.ts";
import { withoutRepeats } from "../../diagnostics/repeats.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import type { Path } from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { ErrorValueRead } from "../deferred/error_value.ts";
import { codesOf } from "../deferred/deferred.ts";
import { lookUp } from "../expr/scope.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import type { ExpandOptions } from "./options.ts";
import { Budget } from "../budget.ts";
import { INSTANCE_TIME, type Reporter } from "../form.ts";

/** Aborts the expansion of a document after an error without recovery. */
export class DocumentAborted extends Error {}

/** Aborts the whole expansion. */
export class ExpansionAborted extends DocumentAborted {}

/** Finds the origin of a path in the document that is expanded. */
export type LocateOrigin = (path: Path, anchor?: Anchor) => Origin;

/** Reporter on resources. */
export interface ResourceReporter extends Reporter {
  /** Resets the counters for the next resource. */
  begin(): void;
}

/** State shared by all expansions of an app. */
export interface ExpansionContext {
  readonly limits: Limits;
  /** Reports an error, unless another instance led to it in the same words at the same place. */
  report(error: DiglyError, words?: string): void;
  /** Reports a warning, once for all instances that lead to it. */
  warn(warning: Warning): void;
  /** Reports a limit that was reached, of one document or of all; the caller throws what it returns. */
  exceeded(
    limit: keyof Limits,
    problem: string,
    origin: Origin,
    isTotal: boolean,
    advice?: string,
  ): DocumentAborted;
  /** Reporter on resources, one after the other. */
  resource(locate: LocateOrigin): ResourceReporter;
  /** Reporter on the loops around resources. */
  loops(locate: LocateOrigin): Reporter;
}

/** Creates the context of an app; `namespaces` are the first segments of its kinds. */
export function createExpansionContext(
  limits: Limits,
  diagnostics: Diagnostics,
  namespaces: ReadonlySet<string>,
  { onEvaluated, onCondition, reached }: Pick<
    ExpandOptions,
    "onEvaluated" | "onCondition" | "reached"
  >,
): ExpansionContext {
  const { error: report, warning: warn } = withoutRepeats(diagnostics);
  let iterations = 0;
  const all = new Budget("The output of templates", limits, { text: "totalText" });

  function exceeded(
    limit: keyof Limits,
    problem: string,
    origin: Origin,
    isTotal: boolean,
    advice?: string,
  ): DocumentAborted {
    const help = raiseLimit(limit, limits[limit], advice);
    report(fail("ERR_LIMIT_EXCEEDED", { problem, limit }, { origin, help }));
    return isTotal ? new ExpansionAborted() : new DocumentAborted();
  }

  function createReporter(locate: LocateOrigin, charge: Reporter["charge"]): Reporter {
    return {
      form: INSTANCE_TIME,
      charge,
      noteEvaluated: onEvaluated && ((deferred, path, scope) => {
        for (const { program, offset, bound } of codesOf(deferred)) {
          // The check of the generated resource shows what waits for a later stage.
          const isKnown = program.free.every((name) =>
            bound?.has(name) || lookUp(scope, name) !== undefined
          );
          if (isKnown) onEvaluated({ program, offset, scope, bound, originOf: () => locate(path) });
        }
      }),
      noteCondition: onCondition &&
        ((path, outcome) => onCondition(() => locate(path), outcome)),
      noteReached: reached && ((part) => void reached.add(part)),
      reportDirectiveError(problem, path, help, anchor) {
        report(fail("ERR_TEMPLATE_INVALID", { problem }, { origin: locate(path, anchor), help }));
      },
      reportExpressionError(error, path, anchor) {
        if (error instanceof ErrorValueRead) return;
        if (!(error instanceof ExpressionError)) throw error;
        const shown = withoutResources(error, namespaces);
        report(shown.toDiglyError("ERR_TEMPLATE_INVALID", locate(path, anchor)));
      },
    };
  }

  return {
    limits,
    report,
    warn,
    exceeded,
    resource(locate) {
      const own = new Budget("The resource", limits, { nodes: "nodes", text: "documentText" });
      const reporter = createReporter(locate, (nodes, text, path) => {
        const excess = own.spend(nodes, text);
        const total = all.spend(nodes, text);
        const over = excess ?? total;
        if (over === undefined) return;
        throw exceeded(over.limit, over.problem, locate(path), excess === undefined);
      });
      return Object.assign(reporter, { begin: () => own.reset() });
    },
    loops: (locate) =>
      createReporter(locate, (nodes, _, path) => {
        iterations += nodes;
        if (iterations <= limits.nodes) return;
        const problem = `Templates run more than ${limits.nodes} iterations`;
        throw exceeded("nodes", problem, locate(path), true);
      }),
  };
}

/** Explains an unknown name that refers to resources. */
function withoutResources(
  error: ExpressionError,
  namespaces: ReadonlySet<string>,
): ExpressionError {
  if (error.unknown === undefined || !namespaces.has(error.unknown)) return error;
  return error.with({
    problem: `"${error.unknown}" is not known yet: templates are expanded before resources exist`,
    help: "Use parameters, loop variables and `env`",
  });
}
