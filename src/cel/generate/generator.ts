/**
 * Writes JavaScript that computes an expression. Only names made here and constants become
 * code: every text of a user goes through `JSON.stringify` or the table of constants.
 */
import type { Conditional, Logical, MapLiteral, Node } from "../ast.ts";
import { compile, literalValue } from "../compile.ts";
import type { Names } from "../names.ts";
import { generateCall } from "./calls.ts";
import { generateLoop } from "./loops.ts";
import { generateBinary, generateUnary } from "./operators.ts";

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

/**
 * Code for the prototype of an object. V8 optimizes the accessor much better than the function;
 * a key of that name only makes the comparison that follows fail. Deno has no accessor.
 */
const prototypeOf: (name: string) => string = "__proto__" in Object.prototype
  ? (name) => `${name}.__proto__`
  : (name) => `Object.getPrototypeOf(${name})`;

/** Code for whether data is something else than a scalar, a plain object or a list. */
export function mayBeSpecial(name: string): string {
  return `typeof ${name}==="object"?${name}!==null&&${prototypeOf(name)}!==O&&` +
    `!Array.isArray(${name}):typeof ${name}==="function"||typeof ${name}==="symbol"`;
}

/** Collects statements; {@link Generator.generate} gives the atom of a node's value. */
export class Generator {
  readonly constants: unknown[] = [];
  /** Variables that the code reads, by slot. */
  free: Map<number, string> = new Map();
  /** Whether a closure was used since this was reset. */
  usedClosure = false;
  body = "";
  #source: string;
  #count = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Goes on with another expression. */
  begin(source: string): void {
    this.#source = source;
    this.free = new Map();
    this.usedClosure = false;
  }

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

  generate(node: Node, place: Place): Atom {
    const inner = place.leaves ? { ...place, leaves: false } : place;
    switch (node.kind) {
      case "literal":
        return this.#literal(node, place);
      case "identifier":
        return this.leave(this.#identifier(node.name, place), place);
      case "select": {
        if (node.optional || node.operand.kind === "identifier" && node.operand.name === "google") {
          return this.closure(node, place);
        }
        return this.leave(this.#select(this.generate(node.operand, inner), node.field), place);
      }
      case "index": {
        if (node.optional) return this.closure(node, place);
        const value = this.generate(node.operand, inner);
        const index = this.boxed(this.generate(node.index, inner));
        return this.leave(this.put(`R.element(${this.boxed(value)},${index})`, "any"), place);
      }
      case "has": {
        if (node.select.optional) return this.closure(node, place);
        const value = this.boxed(this.generate(node.operand, inner));
        return this.put(`R.has(${value},${JSON.stringify(node.field)})`, "bool");
      }
      case "call":
        return this.leave(generateCall(this, node, inner) ?? this.closure(node, inner), place);
      case "unary":
        return this.leave(generateUnary(this, node, inner), place);
      case "binary":
        return this.leave(generateBinary(this, node, inner), place);
      case "logical":
        return this.#logical(node, inner);
      case "conditional":
        return this.#conditional(node, place);
      case "list": {
        if (node.items.some(({ optional }) => optional)) return this.closure(node, place);
        const items = node.items.map(({ value }) => {
          const item = this.generate(value, place);
          return place.leaves ? item.code : this.boxed(item);
        });
        this.body += `c.spend(${1 + items.length});`;
        return this.container(items, "list", place);
      }
      case "map":
        return this.#map(node, place);
      case "comprehension":
        return generateLoop(this, node, place) ?? this.closure(node, place);
      case "bind":
      case "optMap":
        return this.closure(node, place);
    }
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
    const run = compile(node, { source: this.#source, names });
    return this.leave(this.put(`${this.constant(run)}(c)`, "any"), place);
  }

  #literal(node: Node & { kind: "literal" }, place: Place): Atom {
    const literal = true;
    switch (node.type) {
      case "int":
        return typeof node.value === "number"
          ? { code: `(${node.value})`, type: "int", literal }
          : this.leave({ code: this.constant(node.value), type: "any" }, place);
      case "double":
        return { code: this.constant(node.value), type: "double", literal };
      case "string":
        return { code: JSON.stringify(node.value), type: "string", literal };
      case "bool":
        return { code: String(node.value), type: "bool", literal };
      case "null":
        return { code: "null", type: "plain", literal };
      default:
        return this.leave({ code: this.constant(literalValue(node)), type: "any" }, place);
    }
  }

  #identifier(name: string, { names, locals }: Place): Atom {
    const local = locals.get(name);
    if (local !== undefined) return local;
    const slot = names.slotOf(name);
    this.free.set(slot, name);
    return { code: `v${slot}`, type: "any" };
  }

  #select(operand: Atom, field: string): Atom {
    const name = JSON.stringify(field);
    const value = operand.code;
    if (operand.type !== "any" || field in Object.prototype) {
      return this.put(`R.field(${this.boxed(operand)},${name})`, "any");
    }
    // What a plain object gives for a name that is not one of its prototype is its own.
    const out = this.name();
    this.body += `let ${out};` +
      `if(typeof ${value}!=="object"||${value}===null||${prototypeOf(value)}!==O||` +
      `(${out}=${value}[${name}])===undefined||(${mayBeSpecial(out)}))` +
      `${out}=R.field(${value},${name});`;
    return { code: out, type: "any" };
  }

  #logical(node: Logical, place: Place): Atom {
    const deciding = node.operator === "||";
    const left = this.condition(node.left, place);
    const out = this.name();
    const { code, result } = this.block(() => this.condition(node.right, place));
    this.body += `let ${out}=${left.code};if(${out}!==${deciding}){${code}${out}=${result.code};}`;
    return { code: out, type: "bool" };
  }

  #conditional(node: Conditional, place: Place): Atom {
    const condition = this.condition(node.condition, place);
    const out = this.name();
    const then = this.block(() => this.generate(node.then, place));
    const otherwise = this.block(() => this.generate(node.otherwise, place));
    const same = then.result.type === otherwise.result.type;
    const type = same ? then.result.type : place.leaves ? "plain" : "any";
    const write = (atom: Atom) => type === "any" ? this.boxed(atom) : atom.code;
    this.body += `let ${out};if(${condition.code}){${then.code}${out}=${write(then.result)};}` +
      `else{${otherwise.code}${out}=${write(otherwise.result)};}`;
    return { code: out, type };
  }

  /** A map whose keys are known is an object literal; any other is left to the closure. */
  #map(node: MapLiteral, place: Place): Atom {
    const keys = node.entries.map(({ key, optional }) =>
      key.kind === "literal" && key.type === "string" && !optional ? key.value : undefined
    );
    const isPlain = keys.every((key) => key !== undefined && key !== "__proto__") &&
      new Set(keys).size === keys.length;
    if (!isPlain) return this.closure(node, place);
    const values = node.entries.map(({ value }) => {
      const item = this.generate(value, place);
      return place.leaves ? item.code : this.boxed(item);
    });
    this.body += `c.spend(${1 + values.length});`;
    const entries = values.map((value, at) => `${JSON.stringify(keys[at])}:${value}`);
    const map = this.put(`{${entries.join(",")}}`, place.leaves ? "plain" : "any");
    if (!place.leaves) { for (const value of values) this.note(map.code, value); }
    return map;
  }
}
