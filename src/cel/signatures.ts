/** The table of functions and operators in a form that can be looked up. */
import { FUNCTIONS, OPERATORS } from "./declarations.ts";

/**
 * A type as signatures write it: `int`, `list<A>`. A single capital letter is a type parameter,
 * the same type wherever it appears in one signature. `number` is int, uint or double.
 */
export interface SignatureType {
  readonly name: string;
  readonly args: readonly SignatureType[];
}

/** One way to call a function, or to apply an operator. */
export interface Signature {
  /** `size`, `math.abs`, `+`. */
  readonly name: string;
  /** The type of `x` in `x.f()`. */
  readonly receiver: SignatureType | undefined;
  readonly parameters: readonly SignatureType[];
  /** The last parameter may be repeated. */
  readonly variadic: boolean;
  readonly result: SignatureType;
  /** The declaration without its result; implementations are found by it. */
  readonly key: string;
}

/** The signatures of a name: those that are called as functions, and those that are methods. */
export interface Overloads {
  readonly functions: readonly Signature[];
  readonly methods: readonly Signature[];
}

/** Words that functions are called by: `math.abs(n)`. */
export const NAMESPACES: ReadonlySet<string> = new Set(
  ["base64", "lists", "math", "optional", "sets", "strings"],
);

type Index = ReadonlyMap<string, Overloads>;

// Read when they are first asked for: most programs start without calling anything.
let functionIndex: Index | undefined;
let operatorIndex: Index | undefined;

function functions(): Index {
  return functionIndex ??= indexed(FUNCTIONS);
}

/** The signatures of a function or method. */
export function overloadsOf(name: string): Overloads | undefined {
  return functions().get(name);
}

/** The signatures of an operator; `<=`, `>` and `>=` have those of `<`. */
export function operatorOverloads(operator: string): readonly Signature[] {
  const name = /^[<>]=?$/.test(operator) ? "<" : operator;
  operatorIndex ??= indexed(OPERATORS);
  return operatorIndex.get(name)?.functions ?? [];
}

/** Names of functions (`size`, `math.abs`). */
export function functionNames(): string[] {
  return [...functions()].filter(([, { functions }]) => functions.length > 0).map(([name]) => name);
}

/** Names of methods (`startsWith`); macros are not among them. */
export function methodNames(): string[] {
  return [...functions()].filter(([, { methods }]) => methods.length > 0).map(([name]) => name);
}

function indexed(declarations: readonly string[]): Map<string, Overloads> {
  const byName = new Map<string, { functions: Signature[]; methods: Signature[] }>();
  for (const declaration of declarations) {
    const signature = parseSignature(declaration);
    let overloads = byName.get(signature.name);
    if (overloads === undefined) {
      byName.set(signature.name, overloads = { functions: [], methods: [] });
    }
    const { functions, methods } = overloads;
    (signature.receiver === undefined ? functions : methods).push(signature);
  }
  return byName;
}

function parseSignature(declaration: string): Signature {
  const open = declaration.indexOf("(");
  const close = declaration.lastIndexOf("): ");
  const called = declaration.slice(0, open);
  const dot = called.lastIndexOf(".");
  const owner = called.slice(0, Math.max(0, dot));
  const isMethod = dot !== -1 && !NAMESPACES.has(owner);
  const parameters = splitTypes(declaration.slice(open + 1, close));
  const variadic = parameters.at(-1)?.endsWith("...") ?? false;
  return {
    name: isMethod ? called.slice(dot + 1) : called,
    receiver: isMethod ? parseType(owner) : undefined,
    parameters: parameters.map((type) => parseType(type.replace("...", ""))),
    variadic,
    result: parseType(declaration.slice(close + 3)),
    key: declaration.slice(0, close + 1),
  };
}

function parseType(text: string): SignatureType {
  const open = text.indexOf("<");
  return open === -1 ? { name: text, args: [] } : {
    name: text.slice(0, open),
    args: splitTypes(text.slice(open + 1, -1)).map(parseType),
  };
}

/** Splits `map<string, int>, list<int>` at the outer commas. */
function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === "<") depth++;
    else if (char === ">") depth--;
    else if ((char === "," && depth === 0) || char === undefined) {
      if (at > from) parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return parts;
}
