/** The library's names of types, in words for messages. */

/** The types of numbers. */
export const NUMBERS: ReadonlySet<string> = new Set(["int", "uint", "double"]);

const TYPES: Readonly<Record<string, string>> = {
  int: "an integer",
  uint: "an unsigned integer",
  double: "a decimal number",
  string: "a string",
  bool: "a boolean",
  bytes: "bytes",
  null: "null",
  type: "a type",
  dyn: "this value",
  "google.protobuf.Timestamp": "a timestamp",
  "google.protobuf.Duration": "a duration",
};

/** A type without the library's mark of values whose type is found at run time. */
export function plainType(type: string): string {
  return /^dyn<(.+)>$/.exec(type)?.[1] ?? type;
}

/** A type with its article. */
export function typeInWords(type: string): string {
  const plain = plainType(type.trim());
  if (plain.startsWith("list")) return "a list";
  if (plain.startsWith("map")) return "a mapping";
  if (plain.startsWith("optional")) return "an optional";
  return TYPES[plain] ?? plain;
}

/** Splits `map<string, int>, list<int>` at the outer commas. */
export function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index <= text.length; index++) {
    const char = text[index];
    if (char === "<") depth++;
    else if (char === ">") depth--;
    else if ((char === "," && depth === 0) || char === undefined) {
      if (index > from) parts.push(text.slice(from, index).trim());
      from = index + 1;
    }
  }
  return parts;
}
