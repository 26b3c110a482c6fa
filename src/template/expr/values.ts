/** Values of documents: as text, and in words. */
import { isDeferred } from "../../contract/resource.ts";
import { engine } from "./engine.ts";

/**
 * A result as part of a longer text: strings, numbers and booleans as CEL's `string()` writes
 * them. `undefined` for what has no text: null, lists and mappings.
 */
export function toText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return String(value);
    case "number":
      return engine().writeDouble(value);
    default:
      return undefined;
  }
}

/** What a value is, in words for a message. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a string";
    case "boolean":
      return "a boolean";
    case "number":
    case "bigint":
      return Number.isInteger(Number(value)) ? "an integer" : "a number";
    case "object":
      return isDeferred(value) ? "a value that is not known yet" : "a mapping";
    default:
      return "not data";
  }
}
