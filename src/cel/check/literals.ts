/** The types of lists and maps that an expression writes. */
import type { ListLiteral, MapLiteral } from "../ast.ts";
import { type Field, fieldsOf, listOf, mapOf, type Type, unionOf } from "../types.ts";
import type { Checker } from "./checker.ts";
import type { Environment } from "./environment.ts";

/** The type of `[a, ?b]`. */
export function listType(node: ListLiteral, environment: Environment, checker: Checker): Type {
  return listOf(
    unionOf(
      node.items.map(({ value, optional }) =>
        optional ? checker.optionalEntry(value, environment) : checker.infer(value, environment)
      ),
    ),
  );
}

/** The type of `{key: value}`. Its fields are known if all keys are written as strings. */
export function mapType(node: MapLiteral, environment: Environment, checker: Checker): Type {
  const fields = new Map<string, Field>();
  const values: Type[] = [];
  let isKnown = true;
  for (const { key, value, optional } of node.entries) {
    const type = optional
      ? checker.optionalEntry(value, environment)
      : checker.infer(value, environment);
    values.push(type);
    if (key.kind === "literal" && key.type === "string") {
      fields.set(key.value, { type, required: !optional });
    } else {
      checker.infer(key, environment);
      isKnown = false;
    }
  }
  return isKnown ? fieldsOf(fields) : mapOf(unionOf(values));
}
