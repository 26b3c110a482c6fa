/** The errors of fields, keys and elements, in words. No message shows a value. */
import { didYouMean } from "../diagnostics/nearest.ts";
import { helpForUnset } from "../diagnostics/unset_variable.ts";
import { keysOf } from "./access.ts";
import type { Index, Node, Select, Span } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { ownValue } from "../contract/own_key.ts";
import { SYNONYMS } from "./foreign/functions.ts";
import type { Context } from "./context.ts";
import { dashHelp } from "./foreign/names.ts";
import { methodNames } from "./signatures.ts";
import { KeyedMap, typeOf } from "./values.ts";
import { typeInWords } from "./words.ts";

const MAX_LISTED = 12;
/** Among more keys than these no near one is looked for. */
const MAX_COMPARED = 200;
/** What comparing a name with a key costs. */
const COMPARE_STEPS = 8;

/**
 * Counts what it takes to word the error of a missing field: `exists` and `||` may hide any number
 * of them.
 */
export function spendOnFieldError(context: Context, value: unknown): void {
  const count = keysOf(value)?.length ?? 0;
  context.spend(Math.min(count, MAX_COMPARED) * COMPARE_STEPS + (count >> 3));
}

/** A value has no such field, or no field at all. */
export function fieldError(node: Select, value: unknown, source: string): CelError {
  return missing(node.operand, node.field, value, source, node.fieldSpan);
}

/** A list has no such element, or a map no such key. */
export function indexError(
  node: Index,
  value: unknown,
  index: unknown,
  source: string,
): CelError {
  const { operand } = node;
  const text = source.slice(operand.start, operand.end);
  if (Array.isArray(value)) {
    return typeOf(index) === "int"
      ? new CelError(
        `The list has no element ${source.slice(node.start, node.end)}`,
        {
          help: isNegative(index)
            ? `Write ${text}[size(${text}) - 1] for the last element`
            : undefined,
        },
        node,
      )
      : new CelError(
        `An index of a list must be an integer, and this is ${typeInWords(index)}`,
        {},
        node.index,
      );
  }
  if (node.index.kind === "literal" && typeof index === "string") {
    return missing(operand, index, value, source, node.index);
  }
  return typeOf(value) === "map"
    ? new CelError(`${text} has no such key`, {}, node.index)
    : noElements(text, typeInWords(value), node);
}

function isNegative(index: unknown): boolean {
  return (typeof index === "number" || typeof index === "bigint") && index < 0;
}

/** An element is read of a value that is neither a list nor a map; `words` name its type. */
export function noElements(text: string, words: string, { start, end }: Span): CelError {
  const help = words === "a string" ? `Write ${text}.charAt(0) for a character` : undefined;
  return new CelError(`${text} is ${words} and has no elements`, { help }, { start, end });
}

function missing(
  operand: Node,
  name: string,
  value: unknown,
  source: string,
  { start, end }: { readonly start: number; readonly end: number },
): CelError {
  const span = { start, end };
  const text = source.slice(operand.start, operand.end);
  if (operand.kind === "identifier" && operand.name === "env") {
    return new CelError(`The environment variable ${name} is not set`, {
      variable: name,
      help: helpForUnset(name, stringKeys(value)),
    }, span);
  }
  if (typeOf(value) !== "map") return noFields(text, typeInWords(value), name, span);
  const known = isPath(operand) ? stringKeys(value) : undefined;
  return unknownField(text, name, known, span, dashHelp(source, end));
}

/** A field is read of a value that is not a map. */
export function noFields(
  text: string,
  words: string,
  name: string,
  span: Span,
  help: string | undefined = helpForField(text, words, name),
): CelError {
  return new CelError(`${text} is ${words} and has no field "${name}"`, { help }, span);
}

/** The element of a list, a method without its brackets, or the `length` of other languages. */
function helpForField(text: string, words: string, name: string): string | undefined {
  if (!/string|list|bytes|time|duration|optional/.test(words)) return undefined;
  if (name === "size" || SYNONYMS[name] === "size") return `Write size(${text})`;
  if (methodNames().includes(name)) return `It is a method: write ${text}.${name}()`;
  if (words === "an optional") return undefined;
  const synonym = ownValue(SYNONYMS, name);
  if (synonym?.startsWith("get") === true) return `Write ${text}.${synonym}()`;
  return words === "a list" ? `Write ${text}[0].${name} for the first element` : undefined;
}

/** A map has no such field; `known` are those it has, where they may be shown. */
export function unknownField(
  text: string,
  name: string,
  known: readonly string[] | undefined,
  span: Span,
  help: string | undefined = fieldHelp(text, name, known),
): CelError {
  return new CelError(`${text} has no field "${name}"`, { help }, span);
}

function fieldHelp(
  text: string,
  name: string,
  known: readonly string[] | undefined,
): string | undefined {
  if (name === "length") return `Write size(${text})`;
  if (known === undefined || known.length > MAX_COMPARED) return undefined;
  return didYouMean(name, known) ?? listFields(known);
}

/** Only the fields of what a name leads to are listed: computed keys may be values. */
function isPath(node: Node): boolean {
  return node.kind === "identifier" || node.kind === "select" && isPath(node.operand) ||
    node.kind === "index" && isPath(node.operand);
}

function stringKeys(value: unknown): string[] {
  if (value instanceof KeyedMap) return [];
  return (keysOf(value) ?? []).filter((key) => typeof key === "string");
}

function listFields(fields: readonly string[]): string | undefined {
  if (fields.length === 0) return "It has no fields";
  return fields.length > MAX_LISTED ? undefined : `It has: ${fields.join(", ")}`;
}
