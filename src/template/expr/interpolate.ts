/**
 * The two expression forms in strings: the first and only scan, and building a value from
 * the parts. A string that is one expression keeps the type of its result.
 */
import { isDeferred } from "../../contract/resource.ts";
import {
  capture,
  defer,
  type DeferredExpression,
  type DeferredPart,
} from "../deferred/deferred_expression.ts";
import { ExpressionError } from "./expression_error.ts";
import { findEnd } from "./find_end.ts";
import { engine } from "./engine.ts";
import type { Program } from "./program.ts";
import type { Scope } from "./scope.ts";
import { describe, toText } from "./values.ts";

/** An expression in a string. */
export interface Code {
  readonly program: Program;
  /** Where its text begins in the string. */
  readonly offset: number;
  /** `${{ }}`; otherwise `${ }`. */
  readonly later: boolean;
}

/** A scanned string: texts, with their escapes undone, and expressions. */
export type Parts = readonly (string | Code)[];

/** Which forms are expressions: all, or only `${{ }}` as in the body of a template. */
export type Forms = "both" | "later";

const scanned: Readonly<Record<Forms, Map<string, Parts>>> = { both: new Map(), later: new Map() };
const MAX_SCANNED = 20_000;

/** True for a string that scanning may change. */
export function hasExpression(text: string): boolean {
  return text.includes("${");
}

/**
 * Splits a string into its parts; equal strings are split once.
 *
 * @throws ExpressionError for an expression that does not end or is none
 */
export function scan(text: string, forms: Forms): Parts {
  const known = scanned[forms];
  let parts = known.get(text);
  if (parts === undefined) {
    parts = split(text, forms);
    if (known.size >= MAX_SCANNED) known.clear();
    known.set(text, parts);
  }
  return parts;
}

function split(text: string, forms: Forms): Parts {
  const parts: (string | Code)[] = [];
  let literal = "";
  let at = 0;
  for (;;) {
    const dollar = text.indexOf("$", at);
    if (dollar === -1) break;
    literal += text.slice(at, dollar);
    if (text.startsWith("$${", dollar)) {
      literal += "${";
      at = dollar + 3;
      continue;
    }
    const later = text.startsWith("${{", dollar);
    if (!later && (forms === "later" || text[dollar + 1] !== "{")) {
      literal += "$";
      at = dollar + 1;
      continue;
    }
    const from = dollar + (later ? 3 : 2);
    const end = findEnd(text, from, later);
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push(readCode(text.slice(from, end), from, later));
    at = end + (later ? 2 : 1);
  }
  literal += text.slice(at);
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return parts;
}

function readCode(text: string, from: number, later: boolean): Code {
  const source = text.trim();
  const offset = from + text.length - text.trimStart().length;
  if (source === "") {
    throw new ExpressionError({
      problem: `Empty expression in ${later ? "${{ }}" : "${ }"}`,
      help: "Write $${ for the literal text ${",
      expression: "",
      start: 0,
      end: 0,
      offset: from,
    });
  }
  try {
    return { program: engine().compileExpression(source), offset, later };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // `${{'a': 1}}` was meant as a mapping.
    const isMapping = later && /^['"]/.test(source) && source[error.start] === ":";
    const words = isMapping ? { help: `Write \${ {${source}} } for a mapping` } : {};
    throw error.at(offset).with(words);
  }
}

/** The expression a string consists of, with nothing around it. */
export function exactCode(parts: Parts): Code | undefined {
  const first = parts[0];
  return parts.length === 1 && typeof first === "object" ? first : undefined;
}

/**
 * Builds the value of a scanned string: its `${ }` are evaluated, its `${{ }}` wait.
 *
 * @throws ExpressionError when an expression fails
 */
export function interpolate(parts: Parts, scope: Scope): unknown {
  const exact = exactCode(parts);
  if (exact !== undefined) return valueOf(exact, scope);
  const built: DeferredPart[] = [];
  for (const part of parts) {
    const value = typeof part === "string" ? part : valueOf(part, scope);
    if (isDeferred(value)) addParts(built, (value as DeferredExpression).parts);
    else if (typeof part === "string") addText(built, part);
    else addText(built, textOf(value, part.program, part.offset, isAlone(parts)));
  }
  return joined(built);
}

/** True for one expression with nothing but spaces and line breaks around it. */
function isAlone(parts: Parts): boolean {
  return parts.filter((part) => typeof part !== "string" || part.trim() !== "").length === 1;
}

/** A longer expression is not repeated in the help. */
const MAX_SHOWN = 60;

/** Evaluates a `${ }`; one that reads what only a later stage knows joins the `${{ }}`. */
function valueOf({ program, offset, later }: Code, scope: Scope): unknown {
  if (later) return defer([{ program, offset, bound: undefined }], true);
  try {
    return engine().evaluate(program, scope);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (!error.waits) throw error.at(offset);
    return defer([{ program, offset, bound: capture(program, scope) }], true);
  }
}

/** Adds the parts of another string. */
export function addParts(built: DeferredPart[], parts: readonly DeferredPart[]): void {
  for (const part of parts) {
    if (typeof part === "string") addText(built, part);
    else built.push(part);
  }
}

/** Adds text, to the text before it where there is one. */
export function addText(built: DeferredPart[], text: string): void {
  const last = built.length - 1;
  const before = built[last];
  if (typeof before === "string") built[last] = before + text;
  else if (text !== "") built.push(text);
}

/** The value of a mixed string: text, unless a part of it waits. */
export function joined(built: readonly DeferredPart[]): string | DeferredExpression {
  const [first] = built;
  if (first === undefined) return "";
  return built.length === 1 && typeof first === "string" ? first : defer(built, false);
}

/**
 * A result as a part of a longer string, of which the rest is only spaces if it `isAlone`.
 *
 * @throws ExpressionError when it is null, a list or a mapping
 */
export function textOf(
  value: unknown,
  { text }: Program,
  offset: number,
  isAlone = false,
): string {
  const written = toText(value);
  if (written !== undefined) return written;
  const shown = text.length > MAX_SHOWN || text.includes("\n") ? "…" : text;
  throw new ExpressionError({
    problem: `${shown === text ? text : "This"} is ${
      describe(value)
    } and cannot be inserted into a string`,
    help: isAlone
      ? "Remove the spaces and line breaks around the expression to keep its type; a block begins with |- or >- then"
      : `Use json(${shown}) to insert it as JSON, or make the expression the whole value to keep its type`,
    expression: text,
    start: 0,
    end: text.length,
    offset,
  });
}
