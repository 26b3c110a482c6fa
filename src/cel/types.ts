/**
 * Types of expressions, as the checker knows them before anything is evaluated. `dyn` is the
 * type of what nothing is known about: it fits everywhere, and everything fits it.
 */
import { TYPE_WORDS } from "./words.ts";

/** Types without parts. `number` is an int or a double. */
export type Scalar =
  | "dyn"
  | "null"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "number"
  | "string"
  | "bytes"
  | "timestamp"
  | "duration"
  | "type";

/** A field of a map. */
export interface Field {
  readonly type: Type;
  /** True if every such map has the field. */
  readonly required: boolean;
}

/** A map with known fields. */
export interface MapType {
  readonly kind: "map";
  readonly fields: ReadonlyMap<string, Field>;
  /** The type of the values of all other keys; `undefined` if there are no other keys. */
  readonly rest: Type | undefined;
  /** True if the fields are those of one value, not those that a schema declares. */
  readonly isValue?: boolean;
  /** What to do about a field that is not there, if more than the other fields is known of it. */
  readonly helpFor?: (name: string) => string | undefined;
}

/** The type of an expression. */
export type Type =
  /** `help` says what to do about a value that has no fields. */
  | { readonly kind: Scalar; readonly help?: string }
  | { readonly kind: "list"; readonly element: Type }
  | { readonly kind: "optional"; readonly value: Type }
  /** A type of the host with type arguments; expressions can only pass its values on. */
  | { readonly kind: "opaque"; readonly name: string; readonly args: readonly Type[] }
  /** One of at least two types, none of them `dyn` or another union. */
  | { readonly kind: "union"; readonly members: readonly Type[] }
  | MapType;

export const DYN: Type = { kind: "dyn" };
/**
 * The `dyn` of what nothing determines, such as the elements of `[]`: next to another type it is
 * that one. It is compared by identity.
 */
export const FREE: Type = { kind: "dyn" };
export const BOOL: Type = { kind: "bool" };
export const INT: Type = { kind: "int" };
export const STRING: Type = { kind: "string" };
export const NULL: Type = { kind: "null" };
export const NUMBER: Type = { kind: "number" };

const SCALARS: Readonly<Record<Scalar, Type>> = {
  dyn: DYN,
  null: NULL,
  bool: BOOL,
  int: INT,
  uint: { kind: "uint" },
  double: { kind: "double" },
  number: NUMBER,
  string: STRING,
  bytes: { kind: "bytes" },
  timestamp: { kind: "timestamp" },
  duration: { kind: "duration" },
  type: { kind: "type" },
};

/** The type of this name, always the same one: types that are identical need no comparison. */
export function scalarOf(name: Scalar): Type {
  return SCALARS[name];
}

const NO_FIELDS: ReadonlyMap<string, Field> = new Map();

/** A list of elements of one type. */
export function listOf(element: Type): Type {
  return { kind: "list", element };
}

/** A map from any key to values of one type. */
export function mapOf(rest: Type): MapType {
  return { kind: "map", fields: NO_FIELDS, rest };
}

/** A map with these fields; without `rest` it has no others. */
export function fieldsOf(fields: ReadonlyMap<string, Field>, rest?: Type): MapType {
  return { kind: "map", fields, rest };
}

/** More members than that say no more than `dyn`. */
const MAX_MEMBERS = 8;

/** A value of one of these types. */
export function unionOf(types: Iterable<Type>): Type {
  let members: Type[] = [];
  let isFree = true;
  for (const type of types) {
    if (type === FREE) continue;
    isFree = false;
    for (const member of membersOf(type)) {
      if (member.kind === "dyn") return DYN;
      members = withMember(members, member);
    }
  }
  if (isFree) return FREE;
  if (members.length > MAX_MEMBERS) return DYN;
  const [first] = members;
  return members.length === 1 && first !== undefined ? first : { kind: "union", members };
}

/** The members of a union with one more, which may absorb others or be absorbed. */
function withMember(members: readonly Type[], type: Type): Type[] {
  for (const [index, other] of members.entries()) {
    const joined = join(other, type);
    if (joined === undefined) continue;
    return joined === other ? [...members] : withMember(members.toSpliced(index, 1), joined);
  }
  return [...members, type];
}

/** The one type that two types are together; `undefined` if only a union says it. */
function join(a: Type, b: Type): Type | undefined {
  if (sameType(a, b)) return a;
  if (a === FREE) return b;
  if (b === FREE) return a;
  // An int or a double is a number.
  if (isNumeric(a) && isNumeric(b) && a.kind !== "uint" && b.kind !== "uint") return NUMBER;
  if (a.kind === "list" && b.kind === "list") {
    const element = joinPart(a.element, b.element);
    return element && listOf(element);
  }
  if (a.kind === "optional" && b.kind === "optional") {
    const value = joinPart(a.value, b.value);
    return value && { kind: "optional", value };
  }
  if (a.kind !== "opaque" || b.kind !== "opaque" || a.name !== b.name) return undefined;
  const args = a.args.map((arg, index) => joinPart(arg, b.args[index] ?? FREE));
  return args.every((arg) => arg !== undefined) ? { ...a, args } : undefined;
}

/** Parts are joined only if nothing is known of one of them: a list of anything absorbs others. */
function joinPart(a: Type, b: Type): Type | undefined {
  if (a === FREE || b === FREE) return a === FREE ? b : a;
  if (a.kind === "dyn" || b.kind === "dyn") return DYN;
  return isNumeric(a) && isNumeric(b) && a.kind !== b.kind ? undefined : join(a, b);
}

/** The types that a value of the type may have. */
export function membersOf(type: Type): readonly Type[] {
  return type.kind === "union" ? type.members : [type];
}

/** Whether two types are the same. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  // `[[]]` and `[dyn(1)]` differ by what may join them.
  if (a === FREE || b === FREE) return false;
  switch (a.kind) {
    case "list":
      return b.kind === "list" && sameType(a.element, b.element);
    case "optional":
      return b.kind === "optional" && sameType(a.value, b.value);
    case "opaque":
      return b.kind === "opaque" && a.name === b.name && a.args.length === b.args.length &&
        // Both have the same number of arguments.
        a.args.every((arg, index) => sameType(arg, b.args[index]!));
    case "union":
      return b.kind === "union" && a.members.length === b.members.length &&
        a.members.every((member) => b.members.some((other) => sameType(member, other)));
    case "map":
      return b.kind === "map" && sameMap(a, b);
    default:
      return a.kind === b.kind;
  }
}

function sameMap(a: MapType, b: MapType): boolean {
  if (a.fields.size !== b.fields.size) return false;
  if (
    a.rest === undefined || b.rest === undefined ? a.rest !== b.rest : !sameType(a.rest, b.rest)
  ) {
    return false;
  }
  return Array.from(a.fields).every(([name, field]) => {
    const other = b.fields.get(name);
    return other !== undefined && other.required === field.required &&
      sameType(field.type, other.type);
  });
}

/** True for a type of numbers. */
export function isNumeric({ kind }: Type): boolean {
  return kind === "int" || kind === "uint" || kind === "double" || kind === "number";
}

/** Whether some value can be of both types. Numbers are compared by their value. */
export function canMeet(a: Type, b: Type): boolean {
  return membersOf(a).some((one) =>
    membersOf(b).some((other) =>
      one.kind === "dyn" || other.kind === "dyn" || one.kind === other.kind ||
      isNumeric(one) && isNumeric(other)
    )
  );
}

/** Without the null that may be among its values. */
export function withoutNull(type: Type): Type {
  return type.kind === "union" ? unionOf(type.members.filter(({ kind }) => kind !== "null")) : type;
}

/** The type as messages name it: "a string or null". */
export function typeWithArticle(type: Type): string {
  if (type.kind === "union") return type.members.map(typeWithArticle).join(" or ");
  if (type.kind === "dyn") return "any value";
  if (type.kind === "opaque") return `a value of the type ${type.name}`;
  return type.kind === "number" ? "a number" : TYPE_WORDS[type.kind];
}

/** Deeper types are written as `…`. */
const MAX_DEPTH = 8;
/** More fields than that are not written. */
const MAX_WRITTEN = 12;

/** The type as `check --types` prints it: `list<{name: string, age?: int}>`. */
export function formatType(type: Type, depth: number = MAX_DEPTH): string {
  const inner = (part: Type) => depth === 0 ? "…" : formatType(part, depth - 1);
  switch (type.kind) {
    case "list":
      return `list<${inner(type.element)}>`;
    case "optional":
      return `optional<${inner(type.value)}>`;
    case "opaque":
      return `${type.name}<${type.args.map(inner).join(", ")}>`;
    case "union":
      return type.members.map(inner).join(" | ");
    case "map":
      return formatMap(type, inner);
    default:
      return type.kind;
  }
}

function formatMap({ fields, rest }: MapType, inner: (type: Type) => string): string {
  if (fields.size === 0) return rest === undefined ? "{}" : `map<string, ${inner(rest)}>`;
  const parts = Array.from(fields, ([name, { type, required }]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${key}${required ? "" : "?"}: ${inner(type)}`;
  });
  if (parts.length > MAX_WRITTEN) parts.splice(MAX_WRITTEN, parts.length, "…");
  else if (rest !== undefined) parts.push("…");
  return `{${parts.join(", ")}}`;
}
