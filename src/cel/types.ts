/**
 * Types of expressions, as the checker knows them before anything is evaluated. `dyn` is the
 * type of what nothing is known about: it fits everywhere, and everything fits it.
 */
import { TYPE_WORDS } from "./words.ts";
import { type TypeName, typeOf } from "./values.ts";
import { isDeferred } from "../contract/resource.ts";

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
}

/** The type of an expression. */
export type Type =
  | { readonly kind: Scalar }
  | { readonly kind: "list"; readonly element: Type }
  | { readonly kind: "optional"; readonly value: Type }
  /** One of at least two types, none of them `dyn` or another union. */
  | { readonly kind: "union"; readonly members: readonly Type[] }
  | MapType;

export const DYN: Type = { kind: "dyn" };
export const BOOL: Type = { kind: "bool" };
export const INT: Type = { kind: "int" };
export const STRING: Type = { kind: "string" };
export const NULL: Type = { kind: "null" };
export const NUMBER: Type = { kind: "number" };

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
  const members: Type[] = [];
  for (const type of types) {
    for (const member of membersOf(type)) {
      if (member.kind === "dyn") return DYN;
      if (!members.some((other) => sameType(other, member))) members.push(member);
    }
  }
  const merged = mergeLists(mergeNumbers(members));
  if (merged.length === 0 || merged.length > MAX_MEMBERS) return DYN;
  return merged.length === 1 ? merged[0]! : { kind: "union", members: merged };
}

/** A list of anything may be a list of something: an empty one is of both types. */
function mergeLists(members: readonly Type[]): readonly Type[] {
  const isAny = (type: Type) => type.kind === "list" && type.element.kind === "dyn";
  const any = members.find(isAny);
  return any === undefined ? members : [any, ...members.filter(({ kind }) => kind !== "list")];
}

/** An int or a double is a number. */
function mergeNumbers(members: readonly Type[]): readonly Type[] {
  const has = (kind: Scalar) => members.some((member) => member.kind === kind);
  if (!has("number") && !(has("int") && has("double"))) return members;
  const others = members.filter(({ kind }) => !["int", "double", "number"].includes(kind));
  return [NUMBER, ...others];
}

/** The types that a value of the type may have. */
export function membersOf(type: Type): readonly Type[] {
  return type.kind === "union" ? type.members : [type];
}

/** Whether two types are the same. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case "list":
      return b.kind === "list" && sameType(a.element, b.element);
    case "optional":
      return b.kind === "optional" && sameType(a.value, b.value);
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

/** Deeper data, and longer lists, are not looked into. */
const MAX_DEPTH = 8;
const MAX_ELEMENTS = 20;

/** The type of a value that is known. What a later stage provides is `dyn`. */
export function typeOfValue(value: unknown, depth: number = MAX_DEPTH): Type {
  if (value === undefined || typeof value === "function" || isDeferred(value)) return DYN;
  const name: TypeName = typeOf(value);
  switch (name) {
    case "list":
      return listOf(elementOf(value as readonly unknown[], depth));
    case "map":
      return value instanceof Map || depth === 0 ? mapOf(DYN) : mapOfValue(value as object, depth);
    case "optional":
      return { kind: "optional", value: DYN };
    default:
      return { kind: name };
  }
}

function elementOf(list: readonly unknown[], depth: number): Type {
  if (depth === 0 || list.length > MAX_ELEMENTS) return DYN;
  return unionOf(list.map((item) => typeOfValue(item ?? null, depth - 1)));
}

/** Only what an expression reads may have been kept, so the map may have more fields. */
function mapOfValue(value: object, depth: number): Type {
  const fields = Object.entries(value).map(([key, item]) =>
    [key, { type: typeOfValue(item, depth - 1), required: true }] as const
  );
  return fieldsOf(new Map(fields), DYN);
}

/** The type as messages name it: "a string or null". */
export function typeWithArticle(type: Type): string {
  if (type.kind === "union") return type.members.map(typeWithArticle).join(" or ");
  if (type.kind === "dyn") return "any value";
  return type.kind === "number" ? "a number" : TYPE_WORDS[type.kind];
}

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
