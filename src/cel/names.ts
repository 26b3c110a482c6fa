/** Which slot of a context holds the value of a name. */
import type { Node } from "./ast.ts";
import { RESERVED_WORDS } from "./grammar.ts";

/** Names of types. A variable of the same name, such as a field `type`, hides the type. */
const TYPES: ReadonlySet<string> = new Set(
  "bool bytes double int list map null_type optional_type string type uint".split(" "),
);

/** True for the name of a type. */
export function isTypeName(name: string): boolean {
  return TYPES.has(name);
}

/** Names that functions are called by, and of JavaScript's own properties. */
const OWN_NAMES: ReadonlySet<string> = new Set(
  ["base64", "cel", "google", "math", "optional", "strings"],
);
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(["__proto__", "prototype", "constructor"]);

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Why `name` cannot name a variable, as the end of a sentence; `undefined` if it can. */
export function invalidVariableReason(name: string): string | undefined {
  if (!IDENTIFIER.test(name)) return "is not an identifier (letters, digits and `_`)";
  if (RESERVED_WORDS.has(name) || PROTOTYPE_NAMES.has(name)) return "is a reserved word";
  return OWN_NAMES.has(name) ? "is a name of the expression language itself" : undefined;
}

const PROTOBUF_TYPES: ReadonlySet<string> = new Set(
  ["google.protobuf.Timestamp", "google.protobuf.Duration"],
);

/** The names that are visible at a place of the tree. */
export class Names {
  readonly #bound: ReadonlyMap<string, number>;
  readonly #slots: SlotTable;

  constructor(slots: SlotTable = new SlotTable(), bound: ReadonlyMap<string, number> = new Map()) {
    this.#slots = slots;
    this.#bound = bound;
  }

  /** Free names in the order of their slots; what macros bind comes after them. */
  get table(): SlotTable {
    return this.#slots;
  }

  /** The slot of a name: of what a macro binds, else of a variable. */
  slotOf(name: string): number {
    return this.#bound.get(name) ?? this.#slots.free(name);
  }

  isBound(name: string): boolean {
    return this.#bound.has(name);
  }

  /** The names inside of a macro, and the slots of those that it binds. */
  bind(names: readonly string[]): { names: Names; slots: readonly number[] } {
    const bound = new Map(this.#bound);
    const slots = names.map((name) => {
      const slot = this.#slots.add();
      bound.set(name, slot);
      return slot;
    });
    return { names: new Names(this.#slots, bound), slots };
  }
}

/** Hands out slots. */
export class SlotTable {
  /** The slot of each free name. */
  readonly byName: Map<string, number> = new Map();
  size = 0;

  add(): number {
    return this.size++;
  }

  free(name: string): number {
    let slot = this.byName.get(name);
    if (slot === undefined) this.byName.set(name, slot = this.add());
    return slot;
  }
}

/** The type that a path names, such as `google.protobuf.Timestamp`. */
export function typeNameOf(node: Node, names: Pick<Names, "isBound">): string | undefined {
  if (node.kind !== "select" || node.operand.kind !== "select") return undefined;
  const { operand, field } = node;
  const root = operand.operand;
  if (root.kind !== "identifier" || names.isBound(root.name)) return undefined;
  const name = `${root.name}.${operand.field}.${field}`;
  return PROTOBUF_TYPES.has(name) ? name : undefined;
}
