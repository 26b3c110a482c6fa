/** Types and values in words for messages. They never show a value. */
import type { SignatureType } from "./signatures.ts";
import { type TypeName, typeOf } from "./values.ts";

/** The types of values with their articles. */
export const TYPE_WORDS: Readonly<Record<TypeName, string>> = {
  null: "null",
  bool: "a boolean",
  int: "an integer",
  uint: "an unsigned integer",
  double: "a decimal number",
  string: "a string",
  bytes: "bytes",
  list: "a list",
  map: "a map",
  timestamp: "a timestamp",
  duration: "a duration",
  optional: "an optional",
  type: "a type",
};

/** The type of a value with its article: "a string". */
export function typeInWords(value: unknown): string {
  return TYPE_WORDS[typeOf(value)];
}

/** A type of a signature with its article. */
export function signatureTypeInWords({ name }: SignatureType): string {
  if (name === "number") return "a number";
  return (TYPE_WORDS as Readonly<Record<string, string>>)[name] ?? "any value";
}
