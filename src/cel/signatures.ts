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

/** Declarations by the name that they declare, each list parsed when its name is first looked up. */
class Index {
  readonly #declarations = new Map<string, string[]>();
  readonly #parsed = new Map<string, Overloads>();

  constructor(declarations: readonly string[]) {
    for (const declaration of declarations) {
      const { name } = calledBy(declaration);
      const others = this.#declarations.get(name);
      if (others === undefined) this.#declarations.set(name, [declaration]);
      else others.push(declaration);
    }
  }

  get(name: string): Overloads | undefined {
    const declarations = this.#declarations.get(name);
    if (declarations === undefined) return undefined;
    let overloads = this.#parsed.get(name);
    if (overloads === undefined) {
      const signatures = declarations.map(parseSignature);
      this.#parsed.set(
        name,
        overloads = {
          functions: signatures.filter(({ receiver }) => receiver === undefined),
          methods: signatures.filter(({ receiver }) => receiver !== undefined),
        },
      );
    }
    return overloads;
  }

  /** The names that have such signatures. */
  names(form: keyof Overloads): string[] {
    return [...this.#declarations.keys()].filter((name) => this.get(name)?.[form].length !== 0);
  }
}

// Read when they are first asked for: most programs start without calling anything.
let functionIndex: Index | undefined;
let operatorIndex: Index | undefined;

function functions(): Index {
  return functionIndex ??= new Index(FUNCTIONS);
}

/** The signatures of a function or method. */
export function overloadsOf(name: string): Overloads | undefined {
  return functions().get(name);
}

/** The signatures of an operator; `<=`, `>` and `>=` have those of `<`. */
export function operatorOverloads(operator: string): readonly Signature[] {
  const name = /^[<>]=?$/.test(operator) ? "<" : operator;
  operatorIndex ??= new Index(OPERATORS);
  return operatorIndex.get(name)?.functions ?? [];
}

/** Names of functions (`size`, `math.abs`). */
export function functionNames(): string[] {
  return functions().names("functions");
}

/** Names of methods (`startsWith`); macros are not among them. */
export function methodNames(): string[] {
  return functions().names("methods");
}

/** What a declaration names, and the type of the receiver if that is a method. */
function calledBy(declaration: string): { readonly name: string; readonly owner?: string } {
  const called = declaration.slice(0, declaration.indexOf("("));
  const dot = called.lastIndexOf(".");
  const owner = called.slice(0, Math.max(0, dot));
  if (dot === -1 || NAMESPACES.has(owner)) return { name: called };
  return { name: called.slice(dot + 1), owner };
}

function parseSignature(declaration: string): Signature {
  const open = declaration.indexOf("(");
  const close = declaration.lastIndexOf("): ");
  const { name, owner } = calledBy(declaration);
  const parameters = splitTypes(declaration.slice(open + 1, close));
  const variadic = parameters.at(-1)?.endsWith("...") ?? false;
  return {
    name,
    receiver: owner === undefined ? undefined : parseType(owner),
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
