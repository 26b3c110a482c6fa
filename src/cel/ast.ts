/**
 * The syntax tree of an expression. Macros are nodes of their own, so whoever walks the tree
 * meets every name where it is bound and never has to know a macro by its spelling.
 */

/** A part of the text of an expression: offsets into it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface NodeBase extends Span {
  /** How deep the tree is from here downward; 1 for a leaf. */
  readonly depth: number;
}

/** A constant. A double keeps its kind even if its value is integral: `2.0`. */
export type Literal = NodeBase & { readonly kind: "literal" } & LiteralValue;

type LiteralValue =
  | { readonly type: "null"; readonly value: null }
  | { readonly type: "bool"; readonly value: boolean }
  /** A BigInt only beyond 2^53. */
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "uint"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "bytes"; readonly value: Uint8Array };

/** A name: of a variable, of what a macro binds, or of a type. */
export interface Identifier extends NodeBase {
  readonly kind: "identifier";
  readonly name: string;
}

/** `operand.field`, or `operand.?field`. */
export interface Select extends NodeBase {
  readonly kind: "select";
  readonly operand: Node;
  readonly field: string;
  readonly fieldSpan: Span;
  readonly optional: boolean;
}

/** `operand[index]`, or `operand[?index]`. */
export interface Index extends NodeBase {
  readonly kind: "index";
  readonly operand: Node;
  readonly index: Node;
  readonly optional: boolean;
}

/** `has(operand.field)`. */
export interface Has extends NodeBase {
  readonly kind: "has";
  readonly operand: Node;
  readonly field: string;
  readonly fieldSpan: Span;
  /** `operand.field`, with the extent it has in the text. */
  readonly select: Select;
}

/** `f(x)`, `math.f(x)` (then the name is "math.f" and there is no target), or `target.f(x)`. */
export interface Call extends NodeBase {
  readonly kind: "call";
  readonly name: string;
  readonly target: Node | undefined;
  readonly args: readonly Node[];
  readonly nameSpan: Span;
}

/** `!operand` or `-operand`. */
export interface Unary extends NodeBase {
  readonly kind: "unary";
  readonly operator: "!" | "-";
  readonly operand: Node;
}

/** The operators that compute with two values. */
export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "<"
  | "<="
  | ">"
  | ">="
  | "=="
  | "!="
  | "in";

/** `left operator right`. */
export interface Binary extends NodeBase {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
}

/** `left && right` or `left || right`. */
export interface Logical extends NodeBase {
  readonly kind: "logical";
  readonly operator: "&&" | "||";
  readonly left: Node;
  readonly right: Node;
}

/** `condition ? then : otherwise`. */
export interface Conditional extends NodeBase {
  readonly kind: "conditional";
  readonly condition: Node;
  readonly then: Node;
  readonly otherwise: Node;
}

/** `[a, ?b]`. */
export interface ListLiteral extends NodeBase {
  readonly kind: "list";
  readonly items: readonly { readonly value: Node; readonly optional: boolean }[];
}

/** `{key: value, ?key: value}`. */
export interface MapLiteral extends NodeBase {
  readonly kind: "map";
  readonly entries: readonly {
    readonly key: Node;
    readonly value: Node;
    readonly optional: boolean;
  }[];
}

/** A name that a macro binds. */
export interface Variable extends Span {
  readonly name: string;
}

/** The macros that go through a list or a map. */
export type LoopMacro =
  | "all"
  | "exists"
  | "existsOne"
  | "map"
  | "filter"
  | "transformList"
  | "transformMap"
  | "transformMapEntry"
  | "sortBy";

/**
 * `collection.all(x, body)` and its relatives. With one variable it is bound to the element of
 * a list or the key of a map; with two to index and element, or key and value.
 */
export interface Comprehension extends NodeBase {
  readonly kind: "comprehension";
  readonly macro: LoopMacro;
  readonly collection: Node;
  readonly variables: readonly [Variable] | readonly [Variable, Variable];
  /** The condition of `map` and of the `transform…` macros if they have one. */
  readonly filter: Node | undefined;
  /** The predicate of `all`, `exists`, `existsOne` and `filter`; else what each turn gives. */
  readonly body: Node;
}

/** `cel.bind(variable, value, body)`. */
export interface Bind extends NodeBase {
  readonly kind: "bind";
  readonly variable: Variable;
  readonly value: Node;
  readonly body: Node;
}

/** `operand.optMap(variable, body)`; `flat` for `optFlatMap`, whose body gives an optional. */
export interface OptionalMap extends NodeBase {
  readonly kind: "optMap";
  readonly flat: boolean;
  readonly operand: Node;
  readonly variable: Variable;
  readonly body: Node;
}

/** A node of the syntax tree. */
export type Node =
  | Literal
  | Identifier
  | Select
  | Index
  | Has
  | Call
  | Unary
  | Binary
  | Logical
  | Conditional
  | ListLiteral
  | MapLiteral
  | Comprehension
  | Bind
  | OptionalMap;
