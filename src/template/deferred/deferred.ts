/**
 * Resource-time expressions after the first scan: what they refer to, binding names that
 * become known, and evaluating them. Strings are never scanned a second time, so values cannot
 * smuggle in expressions.
 */
import { type Deferred, isDeferred, type Value } from "../../contract/resource.ts";
import type { SourceText } from "../../contract/source.ts";
import type { Use } from "../../cel/uses.ts";
import { ERROR_VALUE, ErrorValueRead } from "./error_value.ts";
import { engine } from "../expr/engine.ts";
import {
  capture,
  defer,
  type DeferredCode,
  type DeferredExpression,
  type DeferredPart,
} from "./deferred_expression.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import {
  addParts,
  addText,
  hasExpression,
  interpolate,
  joined,
  scan,
  textOf,
} from "../expr/interpolate.ts";
import { childScopeOf, lookUp, rootScope, type Scope } from "../expr/scope.ts";
import { setOwn } from "../../contract/own_key.ts";

/** A name that a deferred value reads, with the static path that follows it. */
export interface Reference extends Use {
  /** The text of the expression. */
  readonly expression: string;
  /** Where that begins in the string it was written in. */
  readonly offset: number;
  /** The text that it is written in, where that is not the one of the resource it stands in. */
  readonly source: SourceText | undefined;
}

const NOTHING: Scope = rootScope({});

/**
 * Scans a string for `${{ }}` only; `${ }` is text. A string without any comes back as the
 * text it is, its escapes undone.
 *
 * @throws ExpressionError for an expression that does not end or is none
 */
export function scanResourceTime(text: string): Value {
  return hasExpression(text) ? interpolate(scan(text, "later"), NOTHING) as Value : text;
}

/** Every use of a name that is not bound yet, in all expressions of `deferred`. */
export function referencesOf(deferred: Deferred): readonly Reference[] {
  const references: Reference[] = [];
  for (const { program, offset, bound, source } of codesOf(deferred)) {
    for (const use of program.uses) {
      if (use.isType || bound?.has(use.root)) continue;
      references.push({ ...use, expression: program.text, offset, source });
    }
    for (const value of bound?.values() ?? []) collectReferences(value, references);
  }
  return references;
}

/** The parts of a string: texts, and each expression as a deferred value of its own. */
export function partsIn(deferred: Deferred): readonly (string | Deferred)[] {
  return partsOf(deferred).map((part) => typeof part === "string" ? part : defer([part], true));
}

/** A string taken apart: there is one text more than expressions, which stand between the texts. */
export function textParts(deferred: Deferred): { texts: string[]; values: Deferred[] } {
  const texts = [""];
  const values: Deferred[] = [];
  for (const part of partsOf(deferred)) {
    if (typeof part === "string") texts[texts.length - 1] += part;
    else {
      values.push(defer([part], true));
      texts.push("");
    }
  }
  return { texts, values };
}

/** The deferred value with the text that its expressions are written in. */
export function writtenIn(deferred: Deferred, source: SourceText): Deferred {
  const { exact } = deferred as DeferredExpression;
  return defer(
    partsOf(deferred).map((part) => typeof part === "string" ? part : { ...part, source }),
    exact,
  );
}

/**
 * A part of a longer string as text.
 *
 * @throws ExpressionError when it fails, or gives null, a list or a mapping
 */
export function evaluateAsText(deferred: Deferred, scope: Scope): string {
  return evaluateDeferred(defer(partsOf(deferred), false), scope) as string;
}

function collectReferences(value: unknown, into: Reference[]): void {
  if (typeof value !== "object" || value === null) return;
  if (isDeferred(value)) into.push(...referencesOf(value));
  else for (const item of Object.values(value)) collectReferences(item, into);
}

/** True if every expression reads names, and only those of `names`, so that none can be evaluated. */
export function readsOnly(deferred: Deferred, names: ReadonlySet<string>): boolean {
  let hasExpressions = false;
  for (const part of partsOf(deferred)) {
    if (typeof part === "string") continue;
    const { program: { free }, bound } = part;
    if (bound !== undefined || free.length === 0) return false;
    for (const name of free) if (!names.has(name)) return false;
    hasExpressions = true;
  }
  return hasExpressions;
}

/** The expressions of a deferred value. */
export function codesOf(deferred: Deferred): readonly DeferredCode[] {
  return partsOf(deferred).filter((part) => typeof part !== "string");
}

/** True for a string that is one expression and nothing else: its result keeps its type. */
export function isExact(deferred: Deferred): boolean {
  return (deferred as DeferredExpression).exact;
}

function partsOf(deferred: Deferred): readonly DeferredPart[] {
  return (deferred as DeferredExpression).parts;
}

/**
 * Binds the names that are known. Where nothing is left free the result is a plain value,
 * else a deferred value that keeps what was bound.
 *
 * @throws ExpressionError when an expression fails
 */
export function bindDeferred(
  deferred: Deferred,
  names: ReadonlyMap<string, unknown> | Scope,
): Value {
  if (deferred === ERROR_VALUE) throw new ErrorValueRead();
  const scope = names instanceof Map ? rootScope(names) : names as Scope;
  const { exact, parts } = deferred as DeferredExpression;
  if (exact) return bindCode(parts[0] as DeferredCode, scope) as Value;
  const built: DeferredPart[] = [];
  for (const part of parts) {
    if (typeof part === "string") {
      addText(built, part);
      continue;
    }
    const value = bindCode(part, scope);
    if (isDeferred(value)) addParts(built, partsOf(value));
    else addText(built, textOf(value, part.program, part.offset));
  }
  return joined(built);
}

/** The same expressions with more names bound; none is evaluated, even if all its names are. */
export function captureDeferred(deferred: Deferred, scope: Scope): Deferred {
  if (deferred === ERROR_VALUE) throw new ErrorValueRead();
  const { exact } = deferred as DeferredExpression;
  const parts = partsOf(deferred).map((part) =>
    typeof part === "string" ? part : { ...part, bound: capture(part.program, scope, part.bound) }
  );
  return defer(parts, exact);
}

/** The value of an expression, or a deferred value of the expression with more names bound. */
function bindCode(code: DeferredCode, scope: Scope): unknown {
  const { program, offset, bound, source } = code;
  const isKnown = (name: string) => bound?.has(name) || lookUp(scope, name) !== undefined;
  if (program.free.every(isKnown)) {
    try {
      return engine().evaluate(program, bound === undefined ? scope : childScopeOf(scope, bound));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (!error.waits) throw error.at(offset);
    }
  }
  return defer([{ program, offset, bound: capture(program, scope, bound), source }], true);
}

/** Takes the value of each expression as it is evaluated. */
export type NoteValue = (code: DeferredCode, value: unknown) => void;

/**
 * Evaluates all expressions; every name must be known.
 *
 * @throws ExpressionError when one fails
 */
export function evaluateDeferred(deferred: Deferred, scope: Scope, note?: NoteValue): unknown {
  if (deferred === ERROR_VALUE) throw new ErrorValueRead();
  const { exact, parts } = deferred as DeferredExpression;
  const evaluate = (code: DeferredCode) => {
    const value = evaluateCode(code, scope);
    note?.(code, value);
    return value;
  };
  if (exact) return evaluate(parts[0] as DeferredCode);
  let text = "";
  for (const part of parts) {
    text += typeof part === "string" ? part : textOf(evaluate(part), part.program, part.offset);
  }
  return text;
}

function evaluateCode({ program, offset, bound }: DeferredCode, scope: Scope): unknown {
  try {
    if (bound === undefined) return engine().evaluate(program, scope);
    try {
      return resolve(engine().evaluate(program, childScopeOf(scope, bound)), scope);
    } catch (error) {
      if (!(error instanceof ExpressionError && error.waits)) throw error;
      const resolved = new Map<string, unknown>();
      for (const [name, value] of bound) resolved.set(name, resolve(value, scope));
      return engine().evaluate(program, childScopeOf(scope, resolved));
    }
  } catch (error) {
    throw error instanceof ExpressionError ? error.at(offset) : error;
  }
}

/** `value` with what is deferred in it evaluated; what holds nothing deferred is shared. */
function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isDeferred(value)) return evaluateDeferred(value, scope);
  if (Array.isArray(value)) {
    const items = value.map((item) => resolve(item, scope));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, item] of Object.entries(value)) {
    const resolved = resolve(item, scope);
    if (resolved !== item) setOwn(copy ??= { ...value }, key, resolved);
  }
  return copy ?? value;
}

/** As text: bound values as CEL literals, a literal `${` as `$${`. */
export function showDeferred(deferred: Deferred): string {
  return deferred.toString();
}
