/** Help for expressions that are written as other languages write them. */
import { didYouMean } from "../diagnostics/nearest.ts";
import type { Span } from "./ast.ts";
import { CelError } from "./cel_error.ts";

/** The part of a token that decides about the help. */
interface Unexpected extends Span {
  readonly type: string;
  readonly text: string;
}

/** Help for `if` and `else`. */
export const CONDITIONAL = "Write condition ? this : that";

const WORDS: Readonly<Record<string, string>> = {
  and: "Write && for and",
  or: "Write || for or",
  not: "Write ! for not",
  if: CONDITIONAL,
  then: CONDITIONAL,
  else: CONDITIONAL,
  is: "Write == to compare",
  for: "Write xs.map(x, …) or xs.filter(x, …) to go through a list",
};

/** Words that are read as the name of a variable, so that what follows them is unexpected. */
const PREFIXES: Readonly<Record<string, string>> = {
  not: WORDS["not"]!,
  new: "Call a function instead, such as timestamp('2030-01-31T12:00:00Z')",
};

/** The error of a token that does not belong where it is; `help` is the advice for this token, if there is any. */
export function unexpectedToken(text: string, token: Unexpected, problem: string): CelError {
  const { type, start, end } = token;
  const before = text.slice(0, start).trimEnd();
  const prefix = /(?:^|[^\w.])(not|new)$/.exec(before)?.[1];
  if (type !== "symbol" && prefix !== undefined) {
    const at = before.length - prefix.length;
    return new CelError(`Unexpected "${prefix}"`, { help: PREFIXES[prefix] }, {
      start: at,
      end: at + prefix.length,
    });
  }
  return new CelError(problem, { help: helpFor(text, before, token) }, { start, end });
}

function helpFor(text: string, before: string, token: Unexpected): string | undefined {
  if (token.type === "name") {
    return Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined;
  }
  if (token.type === "quoted") return "Write strings in single or double quotes";
  if (token.type !== "symbol") return undefined;
  // `a ?? b` and `a ?: b`
  if (/^[?:]$/.test(token.text) && before.endsWith("?")) {
    return defaultHelp(before.slice(0, -1), text.slice(token.end));
  }
  return token.text === ">" && before.endsWith("<") ? "Write != to compare" : undefined;
}

/** Help for a character that is not part of any token. */
export function characterHelp(text: string, at: number): string | undefined {
  const character = text.charAt(at);
  const before = text.slice(0, at).trimEnd();
  if (character === "=") {
    if (text.charAt(at + 1) === ">") return "Write the variable first: xs.filter(x, x > 1)";
    return before.endsWith("!=") ? "Write != to compare" : "Write == to compare";
  }
  if (character === "$" && text.charAt(at + 1) !== "{") {
    const name = /^\w+/.exec(text.slice(at + 1))?.[0] ?? "NAME";
    return `Write env.${name} for an environment variable`;
  }
  return CHARACTERS[character];
}

const CHARACTERS: Readonly<Record<string, string>> = {
  "&": "Write && for and",
  "|": "Write || for or",
  "$": "Write the expression without ${ }",
  ";": "Write one expression, without a semicolon",
  "`": "Write strings in single or double quotes",
  "“": "Write strings in straight quotes",
  "‘": "Write strings in straight quotes",
};

const LAST_PATH = /[A-Za-z_]\w*(?:\.\w+)+$/;

/** How a default is written for the value whose text ends `left`. */
export function defaultHelp(left: string, right: string): string {
  const path = LAST_PATH.exec(left.trimEnd())?.[0] ?? "x.field";
  const value = /^\s*('[^']*'|"[^"]*"|[\w.]+)\s*$/.exec(right)?.[1] ?? "'a default'";
  return `Write has(${path}) ? ${path} : ${value}`;
}

/** Help for `a?.b`, where `at` is the place of the question mark. */
export function optionalHelp(text: string, at: number): string | undefined {
  const [, field] = /^\?\.(\w+)/.exec(text.slice(at)) ?? [];
  const path = /[A-Za-z_][\w.]*$/.exec(text.slice(0, at))?.[0];
  return field === undefined || path === undefined
    ? undefined
    : `Write has(${path}.${field}) ? ${path}.${field} : 'a default'`;
}

/** A name that nothing provides. */
export interface UnknownName {
  readonly name: string;
  /** The steps that follow it. */
  readonly path: readonly string[];
  /** The names that exist. */
  readonly names: readonly string[];
  /** The environment, if it is visible. */
  readonly env: Readonly<Record<string, unknown>> | undefined;
  /** URNs of resources that have this name. */
  readonly urns?: readonly string[];
}

const CONSTANTS: Readonly<Record<string, string>> = {
  True: "true",
  TRUE: "true",
  False: "false",
  FALSE: "false",
  None: "null",
  nil: "null",
  NULL: "null",
  Null: "null",
  undefined: "null",
};

const MAX_SHOWN = 3;

/** What was probably meant by a name that nothing provides. */
export function unknownNameHelp({ name, path, names, env, urns }: UnknownName): string | undefined {
  if (Object.hasOwn(CONSTANTS, name)) return `Write ${CONSTANTS[name]}`;
  if (/^(?:process|Bun)$/.test(name) && path[0] === "env") return `Write env.${path[1] ?? "NAME"}`;
  if (env !== undefined && Object.hasOwn(env, name)) return `Write env.${name}`;
  if (urns !== undefined && urns.length > 0 && urns.length <= MAX_SHOWN) {
    return `Write ${urns.join(" or ")}`;
  }
  return didYouMean(name, names) ??
    (/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(name) && name.length > 2
      ? `An environment variable is written env.${name}`
      : undefined);
}
