/** The code that is being written, and what its parts have in common. */
import type { Node } from "../ast.ts";
import { compile } from "../compile.ts";
import type { Names } from "../names.ts";

/**
 * What is known of a value before it is there. A `double` is a bare number, which has to be
 * boxed where its type matters later; `plain` is a value that can leave the expression.
 */
export type Static = "int" | "double" | "string" | "bool" | "plain" | "list" | "any";

/** The code of a value: a name or a literal, so that it can be repeated. */
export interface Atom {
  readonly code: string;
  readonly type: Static;
  /** A literal; a number of them is an int or double for certain. */
  readonly literal?: boolean;
}

/** The names at a place of the tree: in the code, and in slots for closures. */
export interface Place {
  readonly names: Names;
  /** Names in the code of what macros bind. */
  readonly locals: ReadonlyMap<string, Atom>;
  /** The value leaves the expression: doubles stay bare. */
  readonly leaves: boolean;
}

/** In Deno there is an accessor of that name, which gives nothing. */
const hasAccessor = (Object.prototype as { readonly __proto__?: unknown }).__proto__ === null;

/**
 * Code for the prototype of an object. V8 optimizes the accessor much better than the function;
 * a key of that name only makes the comparison that follows fail.
 */
export const prototypeOf: (name: string) => string = hasAccessor
  ? (name) => `${name}.__proto__`
  : (name) => `Object.getPrototypeOf(${name})`;

/** Code for whether data is something else than a scalar, a plain object or a list. */
export function mayBeSpecial(name: string): string {
  return `typeof ${name}==="object"?${name}!==null&&${prototypeOf(name)}!==O&&` +
    `!Array.isArray(${name}):typeof ${name}==="function"||typeof ${name}==="symbol"`;
}

/** Collects statements; `generate` gives the atom of a node's value. */
export abstract class Writer {
  readonly constants: unknown[] = [];
  /** Variables that the code reads, by slot. */
  free: Map<number, string> = new Map();
  /** Whether a closure was used since this was reset. */
  usedClosure = false;
  body = "";
  /** The text of the expression whose code is written. */
  source: string;
  #count = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Continues with another expression. */
  begin(source: string): void {
    this.source = source;
    this.free = new Map();
    this.usedClosure = false;
  }

  /** The value of a node. */
  abstract generate(node: Node, place: Place): Atom;

  name(): string {
    return `t${this.#count++}`;
  }

  /** Keeps the value of an expression under a name. */
  put(code: string, type: Static): Atom {
    const name = this.name();
    this.body += `const ${name}=${code};`;
    return { code: name, type };
  }

  /** The code that accesses a constant. */
  constant(value: unknown): string {
    this.constants.push(value);
    return `K[${this.constants.length - 1}]`;
  }

  /** Collects the statements that `write` adds instead of adding them. */
  block<T>(write: () => T): { code: string; result: T } {
    const outer = this.body;
    this.body = "";
    const result = write();
    const code = this.body;
    this.body = outer;
    return { code, result };
  }

  /** A value in the form that every function takes: doubles in their box. */
  boxed({ code, type }: Atom): string {
    return type === "double" ? `R.double(${code})` : code;
  }

  /** A value of any type on its way out. */
  leave(atom: Atom, { leaves }: Place): Atom {
    if (!leaves || (atom.type !== "any" && atom.type !== "list")) return atom;
    const { code } = atom;
    return this.put(
      `typeof ${code}==="object"||typeof ${code}==="bigint"?R.toPlain(c,${code}):${code}`,
      "plain",
    );
  }

  condition(node: Node, place: Place): Atom {
    const atom = this.generate(node, { ...place, leaves: false });
    if (atom.type === "bool") return atom;
    return this.put(`typeof ${atom.code}==="boolean"?${atom.code}:R.bail()`, "bool");
  }

  /** A new list; items that are not plain are noted, unless they have left already. */
  container(items: readonly string[], type: "list", place: Place): Atom {
    const list = this.put(`[${items.join(",")}]`, place.leaves ? "plain" : type);
    if (!place.leaves) { for (const item of items) this.note(list.code, item); }
    return list;
  }

  note(container: string, item: string): void {
    this.body +=
      `if(typeof ${item}==="object"||typeof ${item}==="bigint")c.note(${container},${item});`;
  }

  /** Leaves a node to its closure. */
  closure(node: Node, place: Place): Atom {
    this.usedClosure = true;
    const { names } = place;
    const run = compile(node, { source: this.source, names, compile });
    return this.leave(this.put(`${this.constant(run)}(c)`, "any"), place);
  }
}
