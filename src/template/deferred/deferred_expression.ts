/** Values that are evaluated at a later stage, and how they are printed. */
import { type Deferred, deferredMark, isDeferred } from "../../contract/resource.ts";
import type { SourceText } from "../../contract/source.ts";
import type { Use } from "../../cel/uses.ts";
import type { Program } from "../expr/program.ts";
import { lookUp, type Scope } from "../expr/scope.ts";
import { setOwn } from "../../contract/own_key.ts";

/** An expression that waits, with the values of names that are known already. */
export interface DeferredCode {
  readonly program: Program;
  /** Where its text begins in the string it was written in. */
  readonly offset: number;
  readonly bound: ReadonlyMap<string, unknown> | undefined;
  /** The text that it is written in, where that is not the one of the resource it stands in. */
  readonly source?: SourceText | undefined;
}

/** A part of a string: text, or an expression that waits. */
export type DeferredPart = string | DeferredCode;

/** A string that holds expressions for a later stage. It is immutable. */
export interface DeferredExpression extends Deferred {
  readonly parts: readonly DeferredPart[];
  /** The string is one expression and nothing else: its result keeps its type. */
  readonly exact: boolean;
}

/** Makes a deferred value of a string's parts. */
export function defer(parts: readonly DeferredPart[], exact: boolean): DeferredExpression {
  return new DeferredString(parts, exact);
}

class DeferredString implements DeferredExpression {
  readonly [deferredMark] = true as const;
  readonly parts: readonly DeferredPart[];
  readonly exact: boolean;

  constructor(parts: readonly DeferredPart[], exact: boolean) {
    this.parts = parts;
    this.exact = exact;
  }

  toString(): string {
    return showParts(this.parts);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The bound values of `program` that `scope` knows, reduced to what the program reads. */
export function capture(
  program: Program,
  scope: Scope,
  known?: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> | undefined {
  const bound = new Map(known);
  for (const name of [...program.free, ...program.types]) {
    if (bound.has(name)) continue;
    const value = lookUp(scope, name);
    if (value === undefined) continue;
    const paths = program.uses.filter(({ root }) => root === name).map(({ path }) => path);
    bound.set(name, pick(value, paths));
  }
  return bound.size === 0 ? undefined : bound;
}

/** `value` with only what the paths lead to. */
function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (!isPlainMap(value) || paths.some(({ length }) => length === 0)) return value;
  const picked: Record<string, unknown> = {};
  for (const step of new Set(paths.flatMap((path) => path.slice(0, 1)))) {
    if (!Object.hasOwn(value, step)) continue;
    const rest = paths.filter(([first]) => first === step).map((path) => path.slice(1));
    setOwn(picked, step, pick(value[step], rest));
  }
  return picked;
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !isDeferred(value) && !(value instanceof Map);
}

function showParts(parts: readonly DeferredPart[]): string {
  let shown = "";
  for (const part of parts) {
    if (typeof part === "string") {
      shown += part.replaceAll("${", "$$${");
    } else {
      // A dollar sign before an expression would read as the escape.
      if (shown.endsWith("$")) shown = shown.slice(0, -1) + "${{ '$' }}";
      shown += `\${{ ${showCode(part)} }}`;
    }
  }
  return shown;
}

function showCode({ program, bound }: DeferredCode): string {
  const { text, uses } = program;
  if (bound === undefined) return text;
  let shown = "";
  let at = 0;
  const inOrder = uses.filter(({ root }) => bound.has(root)).sort((a, b) => a.start - b.start);
  for (const use of inOrder) {
    const { literal, end } = showUse(use, bound.get(use.root));
    const isWhole = use.start === 0 && end === text.length;
    shown += text.slice(at, use.start) +
      (isWhole || !literal.startsWith("-") ? literal : `(${literal})`);
    at = end;
  }
  return shown + text.slice(at);
}

/** The literal for a use: of the value its path leads to, or of the root if there is none. */
function showUse(use: Use, root: unknown): { literal: string; end: number } {
  let value = root;
  for (const step of use.path) {
    if (use.optional || !isPlainMap(value) || !Object.hasOwn(value, step)) {
      return { literal: toLiteral(root), end: use.start + use.root.length };
    }
    value = value[step];
  }
  return { literal: toLiteral(value), end: use.end };
}

/** A value as CEL writes it. */
function toLiteral(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return Number.isFinite(value) ? String(value) : `double('${value}')`;
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(", ")}]`;
  if (isDeferred(value)) return deferredLiteral(value as DeferredExpression);
  const entries = Object.entries(value).map(([key, item]) => `${quote(key)}: ${toLiteral(item)}`);
  return `{${entries.join(", ")}}`;
}

function deferredLiteral({ parts, exact }: DeferredExpression): string {
  const shown = parts.map((part) => {
    if (typeof part === "string") return quote(part);
    return exact ? showCode(part) : `string(${showCode(part)})`;
  });
  return `(${shown.join(" + ")})`;
}

/** A string literal; JSON's escapes are CEL's, but for the quotes. */
function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1);
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
