/** Evaluates the parts that both forms of templates have: texts, keys, conditions and loops. */
import { isDeferred, type Path, type Value, type ValueMap } from "../contract/resource.ts";
import { setOwn } from "../contract/own_key.ts";
import { ERROR_VALUE } from "./deferred/error_value.ts";
import { ExpressionError } from "./expr/expression_error.ts";
import { engine } from "./expr/engine.ts";
import type { Program } from "./expr/program.ts";
import { describe } from "./expr/values.ts";
import { weigh } from "./expr/weigh.ts";
import type { ErrorReporter, Reporter } from "./form.ts";
import type { Anchor } from "../contract/source.ts";

/** Evaluates an expression of one form in a scope; throws an `ExpressionError` when it fails. */
export type Evaluate = () => unknown;

/** The value of a string with expressions; {@link ERROR_VALUE} when one fails. */
export function evaluateText(
  evaluate: Evaluate,
  path: Path,
  reporter: Reporter,
  anchor?: Anchor,
): Value {
  try {
    const value = evaluate() as Value;
    const { nodes, text } = weigh(isDeferred(value) ? null : value);
    reporter.charge(nodes, text, path);
    return value;
  } catch (error) {
    reporter.reportExpressionError(error, path, anchor);
    return ERROR_VALUE;
  }
}

/** The key that a string with expressions gives; `undefined` when it is not a string. */
export function evaluateKey(
  evaluate: Evaluate,
  path: Path,
  reporter: Reporter,
): string | undefined {
  const name = evaluateText(evaluate, path, reporter, "key");
  if (typeof name === "string") return name;
  if (name === ERROR_VALUE) return undefined;
  const [problem, help] = isDeferred(name)
    ? ["A key cannot depend on a value that is not known yet", reporter.form.laterKeyHelp]
    : [`A key must be a string, not ${describe(name)}`, "Write string(…) around it"];
  reporter.reportDirectiveError(problem, path, help, "key");
  return undefined;
}

/** Adds an entry to a mapping; reports a key that it has already. */
export function addEntry(
  map: ValueMap,
  name: string,
  value: Value,
  path: Path,
  reporter: ErrorReporter,
): void {
  if (Object.hasOwn(map, name)) {
    const problem = `Duplicate key "${name}" in the mapping`;
    reporter.reportDirectiveError(problem, path, undefined, "key");
  }
  setOwn(map, name, value);
}

/** The value of a directive's expression; {@link ERROR_VALUE} when it fails or is not known yet. */
function evaluateNow(
  name: string,
  evaluate: Evaluate,
  path: Path,
  reporter: ErrorReporter,
): unknown {
  try {
    const value = evaluate();
    if (!isDeferred(value)) return value;
    if (value !== ERROR_VALUE) reportLaterValue(name, path, reporter);
  } catch (error) {
    if (error instanceof ExpressionError && error.waits) reportLaterValue(name, path, reporter);
    else reporter.reportExpressionError(error, path);
  }
  return ERROR_VALUE;
}

/** Reports a directive that reads a value which only a later stage knows. */
export function reportLaterValue(name: string, path: Path, reporter: ErrorReporter): void {
  const { quote, laterValueHelp } = reporter.form;
  const problem = `${quote(name)} reads a value that is not known yet`;
  reporter.reportDirectiveError(problem, path, laterValueHelp);
}

/** A condition as written; `undefined` when it is neither a boolean nor an expression. */
export function readCondition(
  name: string,
  value: Value,
  path: Path,
  reporter: ErrorReporter,
): string | boolean | undefined {
  if (typeof value === "boolean" || typeof value === "string") return value;
  const problem = `${reporter.form.quote(name)} must be a condition, not ${describe(value)}`;
  reporter.reportDirectiveError(problem, path);
  return undefined;
}

/** What a condition evaluates to; `undefined` when it fails. */
export function evaluateCondition(
  name: string,
  evaluate: Evaluate,
  path: Path,
  reporter: ErrorReporter,
): boolean | undefined {
  const value = evaluateNow(name, evaluate, path, reporter);
  if (typeof value === "boolean") {
    if (name === "if") reporter.noteCondition?.(path, value);
    return value;
  }
  if (value === ERROR_VALUE) return undefined;
  const problem = `${reporter.form.quote(name)} must evaluate to a boolean, not ${describe(value)}`;
  reporter.reportDirectiveError(problem, path);
  return undefined;
}

/** The list or mapping that a loop iterates over; `undefined` when it is neither. */
export function evaluateCollection(
  text: string,
  evaluate: Evaluate,
  path: Path,
  reporter: ErrorReporter,
): object | undefined {
  const { form } = reporter;
  const value = evaluateNow("for", evaluate, path, reporter);
  if (value === ERROR_VALUE) return undefined;
  if (value === null && form.nullIsEmpty) return [];
  if (typeof value === "object" && value !== null) return value;
  const what = `${text.trim()} is ${describe(value)}`;
  const problem = `${form.quote("for")} requires a list or a map, but ${what}`;
  reporter.reportDirectiveError(problem, path);
  return undefined;
}

/**
 * Compiles an expression that is written without `${ }`, and finds where it begins in `text`.
 *
 * @throws ExpressionError when it is not an expression
 */
export function compileSource(
  text: string,
): { readonly program: Program; readonly offset: number } {
  const source = text.trim();
  const offset = text.indexOf(source);
  try {
    return { program: engine().compileExpression(source), offset };
  } catch (error) {
    throw error instanceof ExpressionError ? error.at(offset) : error;
  }
}
