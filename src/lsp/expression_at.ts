/** The expression that a place in a document is in. */
import { DIRECTIVE_EXPRESSIONS } from "../contract/directives.ts";
import { ownValue } from "../contract/own_key.ts";
import { coveredBy, parsePattern } from "../contract/path_pattern.ts";
import type { Path } from "../contract/resource.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { TEST_CASE } from "../testing/test_case.ts";
import type { WrittenResource } from "./resource_at.ts";

/** An expression in a string. */
export interface WrittenExpression {
  readonly text: string;
  /** Where it begins in the string. */
  readonly offset: number;
  /** `${ }`, `${{ }}`, or the whole string. */
  readonly form: "now" | "later" | "bare";
}

/** The expression at a place of a string; it may not be finished. */
export function expressionIn(
  value: string,
  at: number,
  isBare: boolean,
): WrittenExpression | undefined {
  for (const expression of expressionsIn(value, isBare)) {
    const { offset, text } = expression;
    if (offset <= at && at <= offset + text.length) return expression;
  }
  return undefined;
}

/** The expressions in a string; the last one may not be finished. */
export function expressionsIn(value: string, isBare: boolean): WrittenExpression[] {
  if (isBare && !value.includes("${")) {
    const loop = /^\s*[^\s,]+(?:\s*,\s*[^\s,]+)?\s+in\s+/.exec(value);
    const offset = isBare && loop !== null ? loop[0].length : 0;
    return [{ text: value.slice(offset), offset, form: "bare" }];
  }
  const found: WrittenExpression[] = [];
  for (let at = value.indexOf("${"); at !== -1;) {
    if (value[at - 1] === "$") {
      at = value.indexOf("${", at + 2);
      continue;
    }
    const isLater = value.startsWith("${{", at);
    const offset = at + (isLater ? 3 : 2);
    const end = endOf(value, offset, isLater);
    found.push({ text: value.slice(offset, end), offset, form: isLater ? "later" : "now" });
    at = value.indexOf("${", end);
  }
  return found;
}

/** Where an expression ends: at its brackets, or where the string does. */
function endOf(value: string, from: number, isLater: boolean): number {
  let depth = 0;
  let quote: string | undefined;
  for (let at = from; at < value.length; at++) {
    const char = value.charAt(at);
    if (quote !== undefined) {
      if (char === "\\") at++;
      else if (char === quote) quote = undefined;
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "{") depth++;
    else if (char === "}") {
      if (depth === 0 && (!isLater || value[at + 1] === "}")) return at;
      depth = Math.max(0, depth - 1);
    }
  }
  // Without its end, an expression does not go beyond its line.
  const line = value.indexOf("\n", from);
  return line === -1 ? value.length : line;
}

/** True where a whole string is an expression, without braces. */
export function isBareExpression(
  path: Path,
  resource: WrittenResource | undefined,
  app: LoadedApp | undefined,
): boolean {
  const steps = path.map(String);
  const directive = steps.findLast((step) => step.startsWith("$"));
  if (directive !== undefined) {
    const after = path.length - 1 - steps.lastIndexOf(directive);
    const form = ownValue(DIRECTIVE_EXPRESSIONS, directive);
    if (form === "value") return after <= 1;
    if (form === "entries") return after === 1;
  }
  if (resource?.kind === undefined) return false;
  const own = resource.path;
  if (resource.kind === TEST_CASE) return own[0] === "expect" && own.length === 2;
  const urn = `${resource.kind}.${resource.name}`;
  const hints = app?.checks.hints?.of(urn)?.expressions ?? [];
  if (hints.some(({ at }) => at.join(".") === own.join("."))) return true;
  const last = own.at(-1);
  return last === "for" || last === "if"
    ? isInTemplate(resource) || coveredBy([parsePattern("steps.**")], own)
    : false;
}

function isInTemplate({ node, path }: WrittenResource): boolean {
  return path.length === 1 && node.entries.some(({ key }) => key.value === "kind");
}

/** True for the definition of a template. */
export function isTemplate(kind: string | undefined): boolean {
  return kind === KERNEL_KINDS.template;
}
