/** Completions in expressions: names, fields and functions that fit. */
import { METHOD_MACROS } from "../cel/macros.ts";
import { resultOf } from "../cel/check/match.ts";
import {
  functionNames,
  methodNames,
  NAMESPACES,
  overloadsOf,
  type Signature,
  type SignatureType,
} from "../cel/signatures.ts";
import { DYN, formatType, membersOf, type Type } from "../cel/types.ts";
import { type Names, typeOf } from "./names_at.ts";
import { COMPLETION_KIND } from "./protocol.ts";
import { ownValue } from "../contract/own_key.ts";

/** A suggestion in an expression. */
export interface Suggestion {
  readonly label: string;
  readonly kind: number;
  readonly detail: string;
  /** What is inserted, as a snippet, if it is not the label. */
  readonly snippet?: string;
  readonly sort: string;
}

/** More of an expression than that is not looked at. */
const MAX_TEXT = 5000;

/** What can be typed at the end of an unfinished expression, and how much of it is typed already. */
export function completeExpression(
  before: string,
  names: Names,
): { readonly suggestions: readonly Suggestion[]; readonly typed: string } {
  const [typed = ""] = /[\p{L}\p{N}_]*$/u.exec(before) ?? [];
  const left = before.slice(0, before.length - typed.length).slice(-MAX_TEXT);
  const all = new Map([...names, ...boundNames(left, names)]);
  if (isInString(left)) return { suggestions: [], typed };
  if (!left.endsWith(".") && !left.endsWith(".?")) return { suggestions: topLevel(all), typed };
  const receiver = receiverOf(left.replace(/\.\??$/, ""));
  if (receiver === undefined) return { suggestions: [], typed };
  if (NAMESPACES.has(receiver) && !all.has(receiver)) {
    return { suggestions: inNamespace(receiver), typed };
  }
  return { suggestions: ofType(typeOf(receiver, all)), typed };
}

function topLevel(names: Names): Suggestion[] {
  const variables = Array.from(names, ([label, type]): Suggestion => (
    { label, kind: COMPLETION_KIND.variable, detail: formatType(type, 1), sort: `0${label}` }
  ));
  const functions = functionNames().filter((name) => !name.includes(".")).map((name) =>
    call(name, overloadsOf(name)?.functions ?? [], "2")
  );
  const namespaces = [...NAMESPACES].map((label): Suggestion => (
    { label, kind: COMPLETION_KIND.class, detail: "functions", sort: `3${label}` }
  ));
  const words = ["true", "false", "null"].map((label): Suggestion => (
    { label, kind: COMPLETION_KIND.keyword, detail: "constant", sort: `4${label}` }
  ));
  return [
    ...variables,
    {
      label: "has",
      kind: COMPLETION_KIND.function,
      detail: "has(x.field): bool",
      snippet: "has($1)",
      sort: "1has",
    },
    ...functions,
    ...namespaces,
    ...words,
  ];
}

function inNamespace(namespace: string): Suggestion[] {
  return functionNames().filter((name) => name.startsWith(`${namespace}.`)).map((name) => {
    const suggestion = call(name, overloadsOf(name)?.functions ?? [], "0");
    const label = name.slice(namespace.length + 1);
    return { ...suggestion, label, snippet: `${label}($1)` };
  });
}

/** The fields and methods of a type. */
function ofType(type: Type): Suggestion[] {
  const fields = new Map<string, Suggestion>();
  for (const member of membersOf(type.kind === "optional" ? type.value : type)) {
    if (member.kind !== "map") continue;
    for (const [label, field] of member.fields) {
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(label)) continue;
      const detail = `${formatType(field.type, 2)}${field.required ? "" : ", optional"}`;
      fields.set(label, { label, kind: COMPLETION_KIND.field, detail, sort: `0${label}` });
    }
  }
  const methods = methodNames().flatMap((name) => {
    const fitting = (overloadsOf(name)?.methods ?? []).filter((signature) =>
      takes(signature, type)
    );
    return fitting.length === 0 ? [] : [call(name, fitting, "1")];
  });
  const isCollection = membersOf(type).some(({ kind }) => ["list", "map", "dyn"].includes(kind));
  const macros = (isCollection ? METHOD_MACROS : ["optMap", "optFlatMap"]).filter((name) =>
    name.startsWith("opt") === (type.kind === "optional")
  ).map((label): Suggestion => ({
    label,
    kind: COMPLETION_KIND.method,
    detail: `${label}(x, …)`,
    snippet: `${label}(\${1:x}, $2)`,
    sort: `2${label}`,
  }));
  return [...fields.values(), ...methods, ...macros];
}

function takes(signature: Signature, type: Type): boolean {
  const args = signature.parameters.map(() => DYN);
  return resultOf([signature], [type, ...args]) !== undefined;
}

function call(name: string, signatures: readonly Signature[], group: string): Suggestion {
  const [first] = signatures;
  const isEmpty = signatures.every(({ parameters }) => parameters.length === 0);
  return {
    label: name,
    kind: first?.receiver === undefined ? COMPLETION_KIND.function : COMPLETION_KIND.method,
    detail: signatures.slice(0, 3).map(formatSignature).join("; "),
    snippet: isEmpty ? `${name}()` : `${name}($1)`,
    sort: `${group}${name}`,
  };
}

/** A signature in words. */
export function formatSignature(signature: Signature): string {
  const { name, receiver, parameters, variadic, result } = signature;
  const owner = receiver === undefined ? "" : `${formatName(receiver)}.`;
  const list = parameters.map(formatName).join(", ");
  return `${owner}${name}(${list}${variadic ? "..." : ""}): ${formatName(result)}`;
}

function formatName({ name, args }: SignatureType): string {
  return args.length === 0 ? name : `${name}<${args.map(formatName).join(", ")}>`;
}

/** True inside of quotes. */
function isInString(text: string): boolean {
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote === undefined) {
      if (char === "'" || char === '"') quote = char;
    } else if (char === "\\") at++;
    else if (char === quote) quote = undefined;
  }
  return quote !== undefined;
}

/** The operand at the end of an expression: `a.b[0].f(x)`; `undefined` if there is none. */
export function receiverOf(text: string): string | undefined {
  let at = text.length;
  for (;;) {
    const before = at;
    const close = text[at - 1];
    if (close === ")" || close === "]" || close === "}") {
      const open = openingOf(text, at - 1);
      if (open === undefined) return undefined;
      at = open;
      if (close !== "]" && !/[\p{L}\p{N}_]/u.test(text[at - 1] ?? "")) break;
      continue;
    }
    if (close === "'" || close === '"') {
      const start = text.lastIndexOf(close, at - 2);
      if (start === -1) return undefined;
      at = start;
      break;
    }
    const word = /[\p{L}\p{N}_]+$/u.exec(text.slice(Math.max(0, at - 200), at));
    if (word !== null) at -= word[0].length;
    const isPath = text[at - 1] === "." || (text[at - 1] === "?" && text[at - 2] === ".");
    if (isPath) at -= text[at - 1] === "." ? 1 : 2;
    else break;
    if (at === before) break;
  }
  const receiver = text.slice(at);
  return receiver === "" ? undefined : receiver;
}

const PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The bracket that one at `close` closes. */
function openingOf(text: string, close: number): number | undefined {
  const pending: string[] = [];
  for (let at = close; at >= 0; at--) {
    const char = text.charAt(at);
    const opening = ownValue(PAIRS, char);
    if (opening !== undefined) pending.push(opening);
    else if (char === pending.at(-1)) {
      pending.pop();
      if (pending.length === 0) return at;
    } else if (char === "'" || char === '"') {
      const start = text.lastIndexOf(char, at - 1);
      if (start === -1) return undefined;
      at = start;
    }
  }
  return undefined;
}

const MACRO = new RegExp(
  `\\.(?:${METHOD_MACROS.join("|")})\\(\\s*([A-Za-z_]\\w*)\\s*,(?:\\s*([A-Za-z_]\\w*)\\s*,)?`,
  "g",
);

/** The names that macros around the end of an expression bind. */
function boundNames(text: string, names: Names): [string, Type][] {
  const bound: [string, Type][] = [];
  for (const match of text.matchAll(MACRO)) {
    const open = text.indexOf("(", match.index);
    if (closes(text, open)) continue;
    const receiver = receiverOf(text.slice(0, match.index));
    const type = receiver === undefined ? DYN : typeOf(receiver, new Map([...names, ...bound]));
    const element = type.kind === "list"
      ? type.element
      : type.kind === "optional"
      ? type.value
      : DYN;
    const [, first = "", second] = match;
    if (second === undefined) bound.push([first, element]);
    else bound.push([first, DYN], [second, element]);
  }
  return bound;
}

/** True if the bracket at `open` is closed before the end of the text. */
function closes(text: string, open: number): boolean {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return true;
  }
  return false;
}
