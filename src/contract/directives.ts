/** The directives, with the JSON Schema and description of each for editors. */
import type { SchemaMap } from "./schema_map.ts";

/** Every directive, in the order in which those of one map run. */
export const DIRECTIVE_SCHEMAS: Readonly<Record<string, SchemaMap>> = {
  $schema: { description: "JSON Schemas of the variables, or a hint for editors." },
  $let: { type: "object", description: "Variables for this map and everything below it." },
  $assert: { description: "A CEL condition that must be true, or a list of them." },
  $msg: { type: "string", description: "The error message if `$assert` is false." },
  $if: { description: "A CEL condition that chooses between `$then` and `$else`." },
  $then: { description: "The result if `$if` is true." },
  $else: { description: "The result if `$if` is false." },
  $for: { type: "string", description: "A loop: `x in xs`, `i, x in xs` or `k, v in map`." },
  $do: { description: "The result of each iteration of `$for`." },
  $include: { type: "string", description: "The file whose content is inserted here." },
  $with: {
    type: "object",
    description: "Variables for the included file, evaluated like those of `$let`.",
  },
};

/** Directives that have expressions without `${ }`: as their value, or as the entries of a map. */
export const DIRECTIVE_EXPRESSIONS: Readonly<Record<string, "value" | "entries">> = {
  $let: "entries",
  $assert: "value",
  $if: "value",
  $for: "value",
  $with: "entries",
};
