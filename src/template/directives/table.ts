/** The table of directives, and which of them can be combined in one mapping. */
import { DIRECTIVE_SCHEMAS } from "../../contract/directives.ts";
import { fail } from "../../contract/errors.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { ValueMap } from "../../contract/resource.ts";
import { type CompileContext, currentOrigin, withPath } from "../compile/context.ts";
import { reportDirectiveError, reportError } from "../compile/report.ts";

const DIRECTIVES = Object.keys(DIRECTIVE_SCHEMAS);

const KNOWN: ReadonlySet<string> = new Set(DIRECTIVES);

/** Directives that decide what becomes of the mapping: only one of them can. */
const EXCLUSIVE = ["$if", "$for", "$include"];

/** Directives that require another one. */
const OWNERS: Readonly<Record<string, string>> = {
  $msg: "$assert",
  $then: "$if",
  $else: "$if",
  $do: "$for",
  $with: "$include",
};

/** The names of these directives in other languages. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  $each: "$for",
  $foreach: "$for",
  $forEach: "$for",
  $loop: "$for",
  $repeat: "$for",
  $when: "$if",
  $elif: "$if",
  $elseif: "$if",
  $otherwise: "$else",
  $var: "$let",
  $vars: "$let",
  $variables: "$let",
  $set: "$let",
  $import: "$include",
  $file: "$include",
  $message: "$msg",
  $error: "$msg",
};

/** True for a key that is read as a directive: it starts with `$`, but with no expression. */
export function isDirective(key: string): boolean {
  return key.charCodeAt(0) === 36 && key.charCodeAt(1) !== 123 && !key.startsWith("$${");
}

/** True for a mapping that holds a directive, known or not. */
export function hasDirective(node: ValueMap): boolean {
  for (const key in node) if (isDirective(key) && Object.hasOwn(node, key)) return true;
  return false;
}

/** Reports every directive of `node` that cannot stand there; true when there was none. */
export function checkDirectives(context: CompileContext, node: ValueMap): boolean {
  const before = context.failures;
  for (const key of Object.keys(node)) {
    if (!isDirective(key)) continue;
    if (!KNOWN.has(key)) {
      const help = (Object.hasOwn(OTHER_NAMES, key) ? `Write "${OTHER_NAMES[key]}"` : undefined) ??
        didYouMean(key, KNOWN) ??
        `Write \${'${key}'} for a key that starts with a dollar sign`;
      withPath(
        context,
        key,
        () => reportDirectiveError(context, `Unknown directive "${key}"`, help, "key"),
      );
      continue;
    }
    const owner = OWNERS[key];
    // The parts of a misspelled directive are not reported again.
    if (context.failures > before) continue;
    if (owner !== undefined && !Object.hasOwn(node, owner)) {
      const problem = `"${key}" requires "${owner}"`;
      withPath(
        context,
        key,
        () => reportDirectiveError(context, problem, `Add "${owner}" to the same mapping`, "key"),
      );
    }
  }
  checkExclusive(context, node);
  checkComplete(context, node);
  return context.failures === before;
}

function checkExclusive(context: CompileContext, node: ValueMap): void {
  const [first, second] = EXCLUSIVE.filter((key) => Object.hasOwn(node, key));
  if (first === undefined || second === undefined) return;
  const origin = withPath(context, second, () => currentOrigin(context, "key"));
  const problem = `"${first}" and "${second}" cannot be used in the same mapping`;
  reportError(
    context,
    fail("ERR_COMPILATION_FAILED", { problem }, {
      origin,
      help: "Nest one inside the other",
      related: [{
        message: `"${first}" is here`,
        origin: withPath(context, first, () => currentOrigin(context, "key")),
      }],
    }),
  );
}

function checkComplete(context: CompileContext, node: ValueMap): void {
  const has = (key: string) => Object.hasOwn(node, key);
  if (has("$if") && !has("$then") && !has("$else")) {
    withPath(
      context,
      "$if",
      () =>
        reportDirectiveError(
          context,
          '"$if" requires "$then" or "$else"',
          'Add "$then" to the same mapping',
          "key",
        ),
    );
  }
  if (has("$for") && !has("$do")) {
    withPath(
      context,
      "$for",
      () =>
        reportDirectiveError(
          context,
          '"$for" requires "$do"',
          'Add "$do" to the same mapping',
          "key",
        ),
    );
  }
}
