/** The libraries of JSON Schema, at once: for callers that cannot wait for an `import()`. */
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import type { SchemaLibrary } from "../contract/schema.ts";

/** Loads the library of patterns. The build puts it into its one file instead. */
export function requirePatternClass(): typeof RE2JS {
  return (createRequire(import.meta.url)("re2js") as typeof import("re2js")).RE2JS;
}

/** Loads the library, which is written as CommonJS. The build puts it into its one file instead. */
export function requireSchemaLibrary(): SchemaLibrary {
  const load = createRequire(import.meta.url);
  const { Ajv, _ } = load("ajv") as typeof import("ajv");
  const { Ajv2020 } = load("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  const { default: formats } = load("ajv-formats") as typeof import("ajv-formats");
  return { Ajv, Ajv2020, formats, _ };
}
