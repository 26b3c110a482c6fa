/** Help for names that nothing provides. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import { textBefore } from "./operators.ts";
import { ownValue } from "../../contract/own_key.ts";
import { functionNames, NAMESPACES } from "../signatures.ts";

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
  /** The text of the expression, and where the name begins in it. */
  readonly expression: string;
  readonly start: number;
}

const CONSTANTS: Readonly<Record<string, string>> = {
  True: "true",
  TRUE: "true",
  yes: "true",
  False: "false",
  FALSE: "false",
  no: "false",
  None: "null",
  nil: "null",
  NULL: "null",
  Null: "null",
  undefined: "null",
};

/** Where other languages have the environment: the name, or the name and its first step. */
const ENVIRONMENTS = /^(?:(?:process|Bun|Deno)\.env|os\.environ|ENV|secrets|vars)$/;

/** Names of the values in other frameworks. */
const ALIASES: Readonly<Record<string, string>> = {
  req: "request",
  inputs: "input",
  args: "input",
  output: "result",
  response: "result",
  err: "error",
};

/** The fields of a request, which are often written without it. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set(
  ["body", "headers", "ip", "method", "params", "query", "url"],
);

const ELEMENT = "Write a name for the element: xs.filter(x, x > 1)";

/** Names that have a meaning elsewhere and none here. */
const FOREIGN: Readonly<Record<string, string>> = {
  it: ELEMENT,
  _: ELEMENT,
  this: "Write Kind.Name.field for a field of a resource",
  self: "Write Kind.Name.field for a field of a resource",
  NaN: "Write double('NaN')",
  Infinity: "Write double('Infinity')",
  Values: "Write env.NAME for an environment variable, or the name of a variable of `$let`",
};

/** Names of types elsewhere; a variable may be meant as well. */
const TYPES: Readonly<Record<string, string>> = {
  integer: "int",
  number: "int or double",
  float: "double",
  boolean: "bool",
  str: "string",
  text: "string",
  array: "list",
  object: "map",
  dict: "map",
};

const MAX_SHOWN = 3;

/** What was probably meant by a name that nothing provides. */
export function unknownNameHelp(unknown: UnknownName): string | undefined {
  const { name, path, names, env, urns } = unknown;
  const written = writtenHelp(unknown);
  if (written !== undefined) return written;
  if (Object.hasOwn(CONSTANTS, name)) return `Write ${CONSTANTS[name]}`;
  const outer = ENVIRONMENTS.test(name) ? 0 : ENVIRONMENTS.test(`${name}.${path[0]}`) ? 1 : -1;
  if (outer !== -1) {
    const variable = path[outer];
    return `Write env.${variable === undefined || variable === "get" ? "NAME" : variable}`;
  }
  if (env !== undefined && Object.hasOwn(env, name)) return `Write env.${name}`;
  if (urns !== undefined && urns.length > 0 && urns.length <= MAX_SHOWN) {
    return `Write ${urns.join(" or ")}`;
  }
  if (REQUEST_FIELDS.has(name) && names.includes("request")) {
    return `Write ${["request", name, ...path].join(".")}`;
  }
  const alias = ownValue(ALIASES, name) ?? name;
  if (alias !== name && names.includes(alias)) return `Write ${[alias, ...path].join(".")}`;
  if (Object.hasOwn(FOREIGN, name)) return FOREIGN[name];
  const near = didYouMean(name, names);
  if (near !== undefined) return near;
  if (NAMESPACES.has(name)) {
    const own = functionNames().find((one) => one.startsWith(`${name}.`));
    return `Functions have names such as ${own}(…), and ${name} alone is not a value`;
  }
  const type = ownValue(TYPES, name);
  return (type === undefined ? undefined : `The type is called ${type}`) ??
    (/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(name) && name.length > 2
      ? `An environment variable is written env.${name}`
      : undefined);
}

/** Help for what is not meant as a name: a key of a map, or the end of a field with a dash. */
function writtenHelp({ name, expression, start }: UnknownName): string | undefined {
  const before = textBefore(expression, start);
  const after = expression.slice(start + name.length);
  if (/[{,]$/.test(before) && /^\s*:/.test(after)) return `Write keys in quotes: {'${name}': …}`;
  const loop = /([\w.]*)\.map\(\s*(\w+)\s*,$/.exec(before);
  if (loop !== null && /^\s*,/.test(after)) {
    const [, of, first] = loop;
    return `With an index or a key write ${of || "xs"}.transformList(${first}, ${name}, …)`;
  }
  return expression[start - 1] === "-" ? dashHelp(expression, start - 1) : undefined;
}

/** Help for `headers.content-type`, which is a subtraction; `dash` is the place of the dash. */
export function dashHelp(expression: string, dash: number): string | undefined {
  const [, of, field] = /([A-Za-z_][\w.]*)\.(\w+)$/.exec(textBefore(expression, dash)) ?? [];
  const rest = /^-([A-Za-z]\w*(?:-[A-Za-z]\w*)*)/.exec(expression.slice(dash))?.[1];
  return of === undefined || rest === undefined
    ? undefined
    : `Write ${of}['${field}-${rest}']: a dash is a minus`;
}
