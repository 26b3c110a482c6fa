/** What is wrong with an expression, before a stage says where in its document. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import type { Limits } from "../../contract/limits.ts";
import type { CelError } from "../../cel/cel_error.ts";

/** A failed expression and the part of it that failed. */
export interface ExpressionFailure {
  /** A sentence in sentence case without a full stop; it names variables, never their values. */
  readonly problem: string;
  readonly help?: string | undefined;
  /** The expression's text, without its `${ }`. */
  readonly expression: string;
  /** The failing part: offsets into `expression`. */
  readonly start: number;
  readonly end: number;
  /** Where the expression begins in the string that holds it. */
  readonly offset?: number | undefined;
  /** Set when the expression asked for more than this limit. */
  readonly limit?: keyof Limits | undefined;
  /** The expression reads a value that a later stage provides. */
  readonly waits?: boolean | undefined;
  /** The variable of the environment it reads that is not set. */
  readonly variable?: string | undefined;
  /** The name it reads that nothing provides. */
  readonly unknown?: string | undefined;
  /** Its result, an integer that plain data cannot hold. */
  readonly integer?: bigint | undefined;
}

/** Thrown by everything in `expr/` that reads or evaluates an expression. */
export class ExpressionError extends Error {
  readonly problem: string;
  readonly help: string | undefined;
  readonly expression: string;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  readonly limit: keyof Limits | undefined;
  readonly waits: boolean;
  readonly variable: string | undefined;
  readonly unknown: string | undefined;
  readonly integer: bigint | undefined;

  constructor(failure: ExpressionFailure) {
    super(withMark(failure));
    this.name = "ExpressionError";
    this.problem = failure.problem;
    this.help = failure.help;
    this.expression = failure.expression;
    this.start = failure.start;
    this.end = failure.end;
    this.offset = failure.offset ?? 0;
    this.limit = failure.limit;
    this.waits = failure.waits ?? false;
    this.variable = failure.variable;
    this.unknown = failure.unknown;
    this.integer = failure.integer;
  }

  /** The same error, of an expression that begins at `offset` of its string. */
  at(offset: number): ExpressionError {
    return offset === 0 ? this : new ExpressionError({ ...this.failure(), offset });
  }

  /** The same error with other words. */
  with(words: { problem?: string; help?: string | undefined }): ExpressionError {
    return new ExpressionError({ ...this.failure(), ...words });
  }

  /**
   * The error for users. `origin` is the place of the string that holds the expression; it is
   * narrowed to the failing part where the source shows it, else the message marks the part.
   */
  toDiglyError(
    code:
      | "ERR_COMPILATION_FAILED"
      | "ERR_EXPRESSION_TYPE"
      | "ERR_REFERENCE_UNRESOLVED"
      | "ERR_TEMPLATE_INVALID",
    origin: Origin | undefined,
  ): DiglyError {
    const narrowed = origin === undefined ? undefined : placeOfPart(origin, this);
    const problem = narrowed === undefined ? withMark(this) : this.problem;
    const context = { origin: narrowed ?? origin, help: this.help };
    const { expression, variable } = this;
    return this.limit === undefined
      ? fail(
        code,
        { problem, expression, ...(variable === undefined ? {} : { variable }) },
        context,
      )
      : fail("ERR_LIMIT_EXCEEDED", { problem, limit: this.limit }, context);
  }

  /** The error for users of a `${{ }}` that was evaluated: a name in it is missing, or a value does not fit. */
  toEvaluationError(origin: Origin | undefined): DiglyError {
    const isMissing = this.variable !== undefined || this.unknown !== undefined;
    return this.toDiglyError(
      isMissing ? "ERR_REFERENCE_UNRESOLVED" : "ERR_EXPRESSION_TYPE",
      origin,
    );
  }

  private failure(): ExpressionFailure {
    const { problem, help, expression, start, end, offset, limit, waits } = this;
    const { variable, unknown, integer } = this;
    return {
      problem,
      help,
      expression,
      start,
      end,
      offset,
      limit,
      waits,
      variable,
      unknown,
      integer,
    };
  }
}

/** The error of the expression `text`. */
export function fromCelError({ problem, details, span }: CelError, text: string): ExpressionError {
  const { start, end } = span ?? { start: 0, end: text.length };
  return new ExpressionError({ problem, ...details, expression: text, start, end });
}

/** Where the line that holds `at` begins. */
function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

/** The longest line that is shown with its failing part marked. */
const MARKED_LINE = 160;

/** The problem, followed by the failing line of the expression with the part underlined. */
function withMark({ problem, expression, start, end }: ExpressionFailure): string {
  if (expression === "") return problem;
  const from = lineStart(expression, start);
  const newline = expression.indexOf("\n", start);
  const line = expression.slice(from, newline === -1 ? undefined : newline);
  if (line.length > MARKED_LINE) return problem;
  const length = Math.max(1, Math.min(end, from + line.length) - start);
  return `${problem}\n  ${line}\n  ${" ".repeat(start - from)}${"^".repeat(length)}`;
}

/** A part of an expression. */
export type ExpressionPart = Pick<ExpressionError, "expression" | "offset" | "start" | "end">;

/**
 * The place of a part of an expression in the string at `origin`; `undefined` where the source
 * lines do not show the expression as it is.
 */
export function placeOfPart(
  origin: Origin,
  { expression, offset, start, end }: ExpressionPart,
): Origin | undefined {
  const { excerpt, line, column } = origin;
  if (excerpt === undefined || expression === "") return undefined;
  const from = lineStart(expression, start);
  const [shown = ""] = expression.slice(from).split("\n", 1);
  const part = shown.trim();
  const partStart = from + shown.indexOf(part);
  if (part === "" || start < partStart) return undefined;
  const first = line - excerpt.firstLine;
  const last = goesOn(excerpt.lines[first] ?? "", column) ? excerpt.lines.length - 1 : first;
  const lines = excerpt.lines.slice(0, last + 1);
  const place = findInBlock(lines, part, first, column - 1, offset) ??
    find(lines, part, first, column - 1, offset);
  if (place === undefined) return undefined;
  // One line of several may stand in the text once more, where nothing is wrong.
  const isSure = part === expression ||
    find(lines, part, place.index, place.at + 1, 0) === undefined;
  if (!isSure) return undefined;
  return {
    ...origin,
    line: excerpt.firstLine + place.index,
    column: place.at + start - partStart + 1,
    length: Math.max(1, Math.min(end, partStart + part.length) - start),
  };
}

/** True where the scalar that begins at `column` of `line` has lines that follow. */
function goesOn(line: string, column: number): boolean {
  const opening = line.charAt(column - 1);
  if (opening === '"' || opening === "'") return !line.includes(opening, column);
  return opening === "|" || opening === ">";
}

/**
 * The place of `part` in the block scalar whose `|` or `>` is at `column`: the first one that is not
 * before `offset` in its value, since equal expressions may precede it.
 */
function findInBlock(
  lines: readonly string[],
  part: string,
  first: number,
  column: number,
  offset: number,
): { readonly index: number; readonly at: number } | undefined {
  const header = lines[first]?.charAt(column);
  if (header !== "|" && header !== ">") return undefined;
  const indentOf = (line: string) => /^ */.exec(line)?.[0].length ?? 0;
  const firstLine = lines.slice(first + 1).find((line) => line.trim() !== "");
  const indent = indentOf(firstLine ?? "");
  let start = 0;
  for (let index = first + 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const isBlank = line.trim() === "";
    if (!isBlank && indentOf(line) < indent) return undefined;
    // A blank line after a folded one becomes its line break.
    if (header === ">" && isBlank && lines[index - 1]?.trim() !== "" && index > first + 1) continue;
    const at = line.indexOf(part, indent + Math.max(0, offset - start));
    if (at !== -1) return { index, at };
    start += Math.max(0, line.length - indent) + 1;
  }
  return undefined;
}

/** The first place of `part` at or after `column` of the line at `first`. */
function find(
  lines: readonly string[],
  part: string,
  first: number,
  column: number,
  offset: number,
): { readonly index: number; readonly at: number } | undefined {
  for (let index = first; index < lines.length; index++) {
    const from = index === first ? column : 0;
    // Escapes only lengthen a scalar in its source: the expression cannot begin earlier.
    const line = lines[index] ?? "";
    let at = line.indexOf(part, index === first ? from + offset : from);
    if (at === -1) at = line.indexOf(part, from);
    if (at !== -1) return { index, at };
  }
  return undefined;
}
