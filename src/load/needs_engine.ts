/**
 * Which apps need the expression engine: it is imported before the first expression is compiled,
 * and not at all for an app without any.
 */
import { DIRECTIVE_SCHEMAS } from "../contract/directives.ts";
import { isMap, type Value } from "../contract/resource.ts";
import type { ParsedDocument, SourceText } from "../contract/source.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import { isKeptAsParsed } from "../template/opaque.ts";
import type { KindTable } from "./registry/kinds.ts";

/** A dollar sign, as YAML can write it. */
const DOLLAR = /\$|\\x24|\\u0024|\\U00000024/;

/** `${`, as YAML can write it. */
const OPENING = /\$[{\\]|\\x24|\\u0024|\\U00000024/;

/** Comments, directives and blank lines before the first document, with its marker. */
const BEFORE_DOCUMENT = /^(?:[ \t]*(?:[#%].*)?\r?\n)*---/;

/** The `contentMediaType` of fields that are expressions without `${{ }}`. */
const EXPRESSION_TYPE = "text/cel";

/** All but `$schema`, which often is only a hint for editors. */
const DIRECTIVES: ReadonlySet<string> = new Set(
  Object.keys(DIRECTIVE_SCHEMAS).filter((name) => name !== "$schema"),
);

/** Whether the manifest at the beginning of a source may hold an expression. */
export function manifestNeedsEngine({ text }: SourceText): boolean {
  const start = BEFORE_DOCUMENT.exec(text)?.[0].length ?? 0;
  const end = text.indexOf("\n---", start);
  return OPENING.test(text.slice(start, end === -1 ? undefined : end));
}

/** Whether a document holds an expression, or is a template. */
export function documentsNeedEngine(documents: readonly ParsedDocument[]): boolean {
  const hasDollar = new Map<SourceText, boolean>();
  // The definitions of built-in modules are long, and an expression is found in an app much sooner.
  const isBuiltIn = ({ source }: ParsedDocument) => source.url.startsWith("digly:");
  const own = documents.filter((document) => !isBuiltIn(document));
  for (const { source, value, isPlain } of [...own, ...documents.filter(isBuiltIn)]) {
    let has = hasDollar.get(source);
    if (has === undefined) hasDollar.set(source, has = DOLLAR.test(source.text));
    const isTemplate = isMap(value) && value["kind"] === KERNEL_KINDS.template;
    if (isTemplate || (has && !isPlain && holdsExpression(value, new Set()))) return true;
  }
  return false;
}

function holdsExpression(node: Value, seen: Set<object>): boolean {
  if (typeof node === "string") return node.includes("${");
  if (typeof node !== "object" || node === null || seen.has(node)) return false;
  // Anchors may make a value out of the same parts many times.
  seen.add(node);
  if (Array.isArray(node)) return node.some((item) => holdsExpression(item, seen));
  const kind = isMap(node) ? node["kind"] : undefined;
  return Object.entries(node).some(([key, item]) => {
    // Code is text, in which `${ }` has a meaning of its own.
    if ((key === "code" && kind !== undefined) || isKeptAsParsed(key, kind)) return false;
    return DIRECTIVES.has(key) || key.includes("${") || holdsExpression(item, seen);
  });
}

/**
 * Whether resources of these kinds have a value that is computed, or a controller that may
 * evaluate expressions or register a resource with such a value.
 */
export function kindsNeedEngine(used: ReadonlySet<string>, kinds: KindTable): boolean {
  const hasValues = [...kinds.values()].some((kind) => kind.valueExpression !== undefined);
  return [...used].some((name) => {
    const kind = kinds.get(name);
    if (kind === undefined) return false;
    const isBuiltIn = kind.sourceUrl?.startsWith("digly:") ?? false;
    return kind.valueExpression !== undefined ||
      (!isBuiltIn && (hasValues || kind.scopes.length > 0)) || hasExpressionField(kind.schema);
  });
}

/** Whether a schema has a field that is an expression without `${{ }}`. */
function hasExpressionField(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return (schema as { readonly contentMediaType?: unknown }).contentMediaType === EXPRESSION_TYPE ||
    Object.values(schema).some(hasExpressionField);
}
