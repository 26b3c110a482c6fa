/** The types of fields and elements. */
import type { Has, Index, Select } from "../ast.ts";
import { CelError } from "../cel_error.ts";
import { noFields, unknownField } from "../field_failures.ts";
import { dashHelp } from "../foreign/names.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import {
  BOOL,
  DYN,
  isNumeric,
  type MapType,
  membersOf,
  type Type,
  typeWithArticle,
  unionOf,
} from "../types.ts";
import type { Problems } from "./problems.ts";

/** How a value is read: its node, the name of the field, and where that is written. */
interface Reading {
  readonly node: Select | Index;
  readonly name: string;
  readonly span: { readonly start: number; readonly end: number };
  /** Without the field there is no value, which is not a mistake. */
  readonly isOptional: boolean;
}

/** The type of `operand.field`. */
export function selectType(node: Select, operand: Type, problems: Problems): Type {
  const { field: name, fieldSpan: span, optional: isOptional } = node;
  return readField({ node, name, span, isOptional }, operand, problems);
}

/** The type of `operand[index]`. */
export function indexType(node: Index, operand: Type, index: Type, problems: Problems): Type {
  const { index: at } = node;
  const isName = at.kind === "literal" && at.type === "string";
  if (isName && !membersOf(operand).some(({ kind }) => kind === "list")) {
    const { optional: isOptional } = node;
    return readField({ node, name: at.value, span: at, isOptional }, operand, problems);
  }
  const types = membersOf(operand).flatMap((member) => elementsOf(member, index));
  if (types.length > 0) {
    const isOptional = node.optional || operand.kind === "optional";
    const type = unionOf(types);
    return isOptional ? { kind: "optional", value: type } : type;
  }
  const isList = membersOf(operand).every(({ kind }) => kind === "list");
  problems.error(
    isList
      ? new CelError(
        `An index of a list must be an integer, and this is ${typeWithArticle(index)}`,
        {},
        at,
      )
      : new CelError(
        `${problems.textOf(node.operand)} is ${typeWithArticle(operand)} and has no elements`,
        operand.kind === "string" && isNumeric(index)
          ? { help: `Write ${problems.textOf(node.operand)}.charAt(${problems.textOf(at)})` }
          : {},
        node,
      ),
    node,
  );
  return DYN;
}

/** The types that an index of a type can lead to. */
function elementsOf(type: Type, index: Type): readonly Type[] {
  switch (type.kind) {
    case "dyn":
      return [DYN];
    case "list": {
      const canIndex = membersOf(index).some((one) => one.kind === "dyn" || isNumeric(one));
      return canIndex ? [type.element] : [];
    }
    case "map":
      return [unionOf([
        ...Array.from(type.fields.values(), (field) => field.type),
        ...(type.rest === undefined ? [] : [type.rest]),
      ])];
    case "optional":
      return membersOf(type.value).flatMap((member) => elementsOf(member, index));
    default:
      return [];
  }
}

/** What a member of a type says about a field. */
type Lookup = { readonly type: Type; readonly mayMiss: boolean } | "unknown" | "no fields";

function lookUp(type: Type, name: string, isOptional: boolean): Lookup {
  if (type.kind === "dyn") return { type: DYN, mayMiss: false };
  if (type.kind !== "map") return "no fields";
  const field = type.fields.get(name);
  if (field !== undefined) return { type: field.type, mayMiss: !field.required };
  if (type.rest === undefined) return "unknown";
  if (type.rest.kind !== "dyn") return { type: type.rest, mayMiss: true };
  // The next value may have what this one does not.
  if (type.isValue && isOptional) return { type: DYN, mayMiss: false };
  // Any other field may exist, but not one that is as good as the name of a known one.
  return nearest(name, type.fields.keys()) === undefined
    ? { type: DYN, mayMiss: false }
    : "unknown";
}

function readField(reading: Reading, type: Type, problems: Problems): Type {
  const { node, name, isOptional } = reading;
  if (type.kind === "optional") {
    const value = readField({ ...reading, isOptional: true }, type.value, problems);
    // `x.?a.?b` is one optional, as `x.?a.b` is.
    return value.kind === "optional" ? value : { kind: "optional", value };
  }
  const members = membersOf(type);
  const lookups = members.map((member) => lookUp(member, name, isOptional));
  const known = lookups.filter((lookup) => typeof lookup === "object");
  if (known.length === 0) {
    problems.error(missing(reading, type, lookups, problems), node);
    return DYN;
  }
  const result = unionOf(known.map((lookup) => lookup.type));
  if (node.optional) return { kind: "optional", value: result };
  if (members.some(({ kind }) => kind === "null")) {
    const text = problems.textOf(node.operand);
    problems.absence(`${text} may be null`, `Write ${text} != null ? … : …`, node.operand);
  } else if (
    !isOptional && (known.length < lookups.length || known.some(({ mayMiss }) => mayMiss))
  ) {
    warnAboutMissing(reading, problems);
  }
  return result;
}

function missing(
  { node, name, span }: Reading,
  type: Type,
  lookups: readonly Lookup[],
  problems: Problems,
): CelError {
  const text = problems.textOf(node.operand);
  if (!lookups.includes("unknown")) {
    const help = type.kind === "null" ? type.help : undefined;
    return noFields(text, typeWithArticle(type), name, span, help);
  }
  return unknownIn(type, text, name, span, problems);
}

/** The error for a field that no member of a type has. */
function unknownIn(
  type: Type,
  text: string,
  name: string,
  span: Reading["span"],
  { source }: Problems,
): CelError {
  for (const member of membersOf(type)) {
    const help = member.kind === "map" ? member.helpFor?.(name) : undefined;
    if (help !== undefined) return unknownField(text, name, undefined, span, help);
  }
  return unknownField(text, name, fieldNames(type), span, dashHelp(source, span.end));
}

function fieldNames(type: Type): readonly string[] {
  return membersOf(type).flatMap((member) =>
    member.kind === "map" ? [...member.fields.keys()] : []
  );
}

function warnAboutMissing({ node, name, span }: Reading, problems: Problems): void {
  const operand = problems.textOf(node.operand);
  const isName = node.kind === "select" && problems.textOf(span) === name;
  const optional = isName ? `${operand}.?${name}` : `${operand}[?${problems.textOf(span)}]`;
  const help = dashHelp(problems.source, span.end) ?? `Write ${optional}.orValue(…)`;
  problems.absence(`${problems.textOf(node)} may be missing`, help, node);
}

/** The type of `has(operand.field)`. */
export function hasType(node: Has, operand: Type, problems: Problems): Type {
  const { select, field, fieldSpan } = node;
  const inner = operand.kind === "optional" ? operand.value : operand;
  const members = membersOf(inner);
  const canHave = (member: Type) =>
    member.kind === "dyn" || (member.kind === "map" && hasOrMayHave(member, field));
  if (!members.some(canHave)) {
    const isMap = members.some(({ kind }) => kind === "map");
    if (isMap || !select.optional) {
      const text = problems.textOf(node.operand);
      problems.error(
        isMap
          ? unknownIn(inner, text, field, fieldSpan, problems)
          : noFields(text, typeWithArticle(inner), field, fieldSpan),
        node,
      );
    }
  }
  return BOOL;
}

function hasOrMayHave({ fields, rest }: MapType, field: string): boolean {
  return rest !== undefined || fields.has(field);
}

/** The type that a field has if it is there; `dyn` for one that is not known. */
export function fieldIfPresent(type: Type, name: string): Type {
  const inner = type.kind === "optional" ? type.value : type;
  const types = membersOf(inner).flatMap((member) => {
    if (member.kind !== "map") return member.kind === "dyn" ? [DYN] : [];
    const found = member.fields.get(name)?.type ?? member.rest;
    return found === undefined ? [] : [found];
  });
  return unionOf(types);
}
