/** The formats of JSON Schema, bounded: most of their regular expressions take quadratic time. */
import type { Ajv } from "ajv";
import { spend } from "../contract/validation_budget.ts";

/** The maximum length of a value by format; a longer one is invalid. */
const MAX_LENGTH: Readonly<Record<string, number>> = {
  email: 320,
  url: 2048,
  uri: 65_536,
  "uri-reference": 65_536,
  "uri-template": 65_536,
  "json-pointer": 65_536,
  "json-pointer-uri-fragment": 65_536,
  "relative-json-pointer": 65_536,
  regex: 65_536,
  byte: Infinity,
};

/** The maximum for all other formats: dates, addresses and identifiers. */
const DEFAULT_MAX_LENGTH = 256;

/** Replaces the formats for strings by ones that accept values of a bounded length. */
export function boundFormats(ajv: Pick<Ajv, "addFormat" | "formats">): void {
  for (const [name, format] of Object.entries(ajv.formats)) {
    const test = testOf(format);
    if (test === undefined) continue;
    const maxLength = MAX_LENGTH[name] ?? DEFAULT_MAX_LENGTH;
    ajv.addFormat(name, {
      type: "string",
      validate(text) {
        if (text.length > maxLength) return false;
        spend(text.length >> 3);
        return test(text);
      },
    });
  }
}

/** The test of a format; `undefined` if it accepts all strings or is for numbers. */
function testOf(format: Ajv["formats"][string]): ((text: string) => boolean) | undefined {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === "function") return format as (text: string) => boolean;
  if (typeof format !== "object" || ("type" in format && format.type === "number")) {
    return undefined;
  }
  return testOf(format.validate as Ajv["formats"][string]);
}
