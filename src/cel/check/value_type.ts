/** The types of values that are known before the expression is evaluated. */
import { isDeferred } from "../../contract/resource.ts";
import { DYN, fieldsOf, listOf, mapOf, scalarOf, type Type, unionOf } from "../types.ts";
import { type TypeName, typeOf } from "../values.ts";

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
      return scalarOf(name);
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
  return { ...fieldsOf(new Map(fields), DYN), isValue: true };
}
