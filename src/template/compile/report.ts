/** Errors and limits of the compile stage. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { formatPath } from "../../contract/field_path.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import { isDeferred, type Value } from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { ErrorValueRead } from "../deferred/error_value.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { weigh } from "../expr/weigh.ts";
import { CompilationAborted, type CompileContext, currentOrigin } from "./context.ts";

/** Reports a misused directive at the current path. */
export function reportDirectiveError(
  context: CompileContext,
  problem: string,
  help?: string,
  anchor?: Anchor,
): void {
  reportError(
    context,
    fail("ERR_COMPILATION_FAILED", { problem }, {
      origin: currentOrigin(context, anchor),
      help,
    }),
  );
}

/** Reports an error, unless the same error was reported at the same path. */
export function reportError(context: CompileContext, error: DiglyError): void {
  context.failures++;
  const key = `${context.document.source.url}#${formatPath(context.path)} ${error.message}`;
  if (context.reported.has(key)) return;
  context.reported.add(key);
  context.options.diagnostics.error(error);
}

/** Reports what an expression at the current path threw. */
export function reportExpressionError(
  context: CompileContext,
  error: unknown,
  anchor?: Anchor,
): void {
  if (error instanceof ErrorValueRead) {
    context.failures++;
    return;
  }
  if (!(error instanceof ExpressionError)) throw error;
  const isHelped = error.unknown === undefined ||
    /^Did you mean|^Write|For text/.test(error.help ?? "");
  const shown = isHelped ? error : error.with({ help: helpForUnknown(context, error) });
  reportError(
    context,
    shown.toDiglyError("ERR_COMPILATION_FAILED", currentOrigin(context, anchor)),
  );
}

/** Names that controllers usually provide to `${{ }}`. */
const PROVIDED: ReadonlySet<string> = new Set(
  ["request", "result", "input", "error", "event", "steps"],
);

/** Help for a name that is not defined. */
function helpForUnknown(context: CompileContext, { unknown = "", help }: ExpressionError): string {
  return PROVIDED.has(unknown)
    ? `Write \${{ … }} instead of \${ }: \`${unknown}\` is known only while the app runs`
    : joinHelp(help, whatElse(context));
}

function whatElse(context: CompileContext): string {
  return context.chain.length === 0
    ? "Use ${{ … }} for values that are known only later"
    : "An included file sees the variables of `$with`, not those around the directive";
}

/** Two sentences of help, or the one there is. */
export function joinHelp(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first}. ${second}`;
}

/** Counts nodes and text that were produced; stops at the document's limits. */
export function charge(context: CompileContext, nodes: number, text: number): void {
  const excess = context.budget.spend(nodes, text);
  if (excess !== undefined) throw exceeded(context, excess.limit, excess.problem);
}

/** Stops where a value that was computed nests deeper than a document may. */
export function checkNesting(context: CompileContext, value: Value): void {
  const depth = isDeferred(value) ? 0 : weigh(value).depth;
  if (context.path.length + depth > context.options.limits.nesting) throw nestsTooDeeply(context);
}

/** Reports that the document nests too deeply; the caller throws what it returns. */
export function nestsTooDeeply(context: CompileContext): CompilationAborted {
  return exceeded(context, "nesting", "The document nests too deeply");
}

/** Reports a limit that was reached; the caller throws what it returns. */
export function exceeded(
  context: CompileContext,
  limit: keyof Limits,
  problem: string,
): CompilationAborted {
  reportError(
    context,
    fail("ERR_LIMIT_EXCEEDED", { problem, limit }, {
      origin: currentOrigin(context),
      help: raiseLimit(limit, context.options.limits[limit]),
    }),
  );
  return new CompilationAborted();
}
