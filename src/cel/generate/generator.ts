/**
 * Writes JavaScript that computes an expression. Only names made here and constants become
 * code: every text of a user goes through `JSON.stringify` or the table of constants.
 */
import type { Conditional, Logical, MapLiteral, Node } from "../ast.ts";
import { literalValue } from "../compile.ts";
import { generateCall } from "./calls.ts";
import { generateLoop } from "./loops.ts";
import { generateBinary, generateUnary } from "./operators.ts";
import { type Atom, mayBeSpecial, type Place, prototypeOf, Writer } from "./writer.ts";

/** Writes the code of every kind of node. */
export class Generator extends Writer {
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
