/** Checks the value of each JSON Schema keyword. Unknown keywords are allowed, as in the standard. */
import { DIRECTIVE_SCHEMAS } from "../../contract/directives.ts";
import { isMap, type ValueMap } from "../../contract/resource.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import { type KeywordCheck, report, type SchemaCheck, sortOf, warn, within } from "./problems.ts";
import { checkReference } from "./references.ts";
import { checkType, isTypeName } from "./types.ts";
import {
  aBoolean,
  aCount,
  aFormat,
  aList,
  anEnum,
  anExclusiveBound,
  aNumber,
  anything,
  aPattern,
  aString,
  isBoolean,
  isNumber,
  isString,
  must,
} from "./values.ts";
import { ownValue } from "../../contract/own_key.ts";

/** A part of the schema that is one itself. */
export const aSchema: KeywordCheck = (check, value) => {
  if (isBoolean(value)) return;
  if (isMap(value)) return checkKeywords(check, value);
  const help = typeof value !== "string"
    ? undefined
    : isTypeName(value)
    ? `Write { type: ${value} }`
    : value.startsWith("#/")
    ? `Write { $ref: '${value}' }`
    : "Write a map of keywords, such as { type: string }";
  report(check, `A JSON Schema must be a map, and this is ${sortOf(value)}`, help);
};

const schemas: KeywordCheck = (check, value) => {
  const keyword = check.path.at(-1);
  if (!Array.isArray(value) || value.length === 0) {
    const found = Array.isArray(value) ? "empty" : sortOf(value);
    return report(check, `\`${keyword}\` must be a list of schemas, and it is ${found}`);
  }
  value.forEach((item, index) => within(check, index, () => aSchema(check, item, {})));
};

const schemasByName: KeywordCheck = (check, value) => {
  if (isMap(value)) {
    for (const [name, item] of Object.entries(value)) {
      within(check, name, () => aSchema(check, item, {}));
    }
    return;
  }
  const help = Array.isArray(value) ? "Write a map from each name to its schema" : undefined;
  report(check, `\`${check.path.at(-1)}\` must be a map, and it is ${sortOf(value)}`, help);
};

const schemasByPattern: KeywordCheck = (check, value, node) => {
  schemasByName(check, value, node);
  if (!isMap(value)) return;
  for (const name of Object.keys(value)) within(check, name, () => aPattern(check, name, {}));
};

const items: KeywordCheck = (check, value, node) => {
  if (!Array.isArray(value)) return aSchema(check, value, node);
  if (check.isDraft7) return schemas(check, value, node);
  const help = "Write one schema for all items, or `prefixItems` for one per position";
  report(check, "`items` must be a schema, and it is a list", help);
};

const names: KeywordCheck = (check, value) => {
  const keyword = check.path.at(-1);
  if (!Array.isArray(value)) {
    const help = isBoolean(value)
      ? "Name the required properties beside `properties`: required: [name]"
      : isString(value)
      ? `Write [${value}]`
      : undefined;
    return report(
      check,
      `\`${keyword}\` must be a list of names, and it is ${sortOf(value)}`,
      help,
    );
  }
  value.forEach((item, index) =>
    within(check, index, () => {
      if (!isString(item)) report(check, `A name must be a string, and this is ${sortOf(item)}`);
      else if (value.indexOf(item) !== index) {
        report(check, `"${item}" is duplicated`, "Remove one of them");
      }
    })
  );
};

const namesByName: KeywordCheck = (check, value, node) => {
  if (!isMap(value)) return schemasByName(check, value, node);
  for (const [name, item] of Object.entries(value)) {
    within(check, name, () => (Array.isArray(item) ? names : aSchema)(check, item, {}));
  }
};

/** A keyword about the resource that a field names, which the field must be a reference for. */
function ofReference(form: KeywordCheck): KeywordCheck {
  return (check, value, node) => {
    form(check, value, node);
    if (node["format"] === "digly-urn" || node["diglyUrn"] === true) return;
    report(
      check,
      `\`${check.path.at(-1)}\` has no effect on a field that is not a reference to a resource`,
      "Add `format: digly-urn` beside it",
    );
  };
}

const isKindName = (value: unknown): boolean => isString(value) && value !== "";

const KEYWORDS: Readonly<Record<string, KeywordCheck>> = {
  type: checkType,
  enum: anEnum,
  const: anything,
  default: anything,
  examples: aList,
  ...sharing(aString, [
    "$id",
    "$schema",
    "$anchor",
    "$comment",
    "$dynamicRef",
    "$dynamicAnchor",
    "title",
    "description",
    "contentMediaType",
    "contentEncoding",
  ]),
  ...sharing(aBoolean, ["uniqueItems", "readOnly", "writeOnly", "deprecated", "nullable"]),
  ...sharing(aNumber, ["minimum", "maximum"]),
  ...sharing(anExclusiveBound, ["exclusiveMinimum", "exclusiveMaximum"]),
  ...sharing(aCount, [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
  ]),
  ...sharing(aSchema, [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "additionalItems",
    "contentSchema",
  ]),
  ...sharing(schemas, ["allOf", "anyOf", "oneOf", "prefixItems"]),
  ...sharing(schemasByName, ["properties", "$defs", "definitions", "dependentSchemas"]),
  ...sharing(namesByName, ["dependentRequired", "dependencies"]),
  $ref: checkReference,
  multipleOf: must("a number above 0", (value) => isNumber(value) && (value as number) > 0),
  patternProperties: schemasByPattern,
  pattern: aPattern,
  format: aFormat,
  items,
  required: names,
  diglyUrn: aBoolean,
  "digly:kind": ofReference(
    must(
      "a kind or a list of kinds",
      (value) =>
        Array.isArray(value) ? value.length > 0 && value.every(isKindName) : isKindName(value),
    ),
  ),
  "digly:ready": ofReference(aBoolean),
  "digly:all": must("a kind", isKindName),
  "digly:file": must("`module` or `data`", (value) => value === "module" || value === "data"),
};

/** Keywords of OpenAPI, which other programs use. */
const FOREIGN = ["example", "discriminator", "xml", "externalDocs"];

function sharing(form: KeywordCheck, keywords: readonly string[]): Record<string, KeywordCheck> {
  return Object.fromEntries(keywords.map((keyword) => [keyword, form]));
}

/** `$schema` is a keyword as well. */
function isDirective(key: string): boolean {
  return Object.hasOwn(DIRECTIVE_SCHEMAS, key) && !Object.hasOwn(KEYWORDS, key);
}

/** Checks every keyword of a schema. */
function checkKeywords(check: SchemaCheck, node: ValueMap): void {
  const directive = Object.keys(node).find(isDirective);
  for (const [key, value] of Object.entries(node)) {
    within(check, key, () => {
      const checkKeyword = ownValue(KEYWORDS, key);
      if (checkKeyword !== undefined) return checkKeyword(check, value, node);
      if (key.startsWith("digly:")) {
        const known = Object.keys(KEYWORDS).filter((name) => name.startsWith("digly:"));
        const help = didYouMean(key, known) ?? `Known are ${known.join(" and ")}`;
        return report(check, `"${key}" is not a keyword of Digly`, help);
      }
      // A directive in a schema is data, which the library would ignore silently.
      if (isDirective(key)) {
        if (key !== directive) return;
        const help = "Write out the schema, or refer to another part of it with `$ref`";
        return warn(check, `\`${key}\` is not evaluated in a JSON Schema`, help, true);
      }
      const isKnown = FOREIGN.includes(key) || key.startsWith("x-");
      const near = isKnown
        ? undefined
        : didYouMean(key, Object.keys(KEYWORDS)) ?? helpFor(key, node);
      if (near === undefined) return;
      warn(check, `"${key}" is not a keyword of JSON Schema and does nothing`, near, true);
    });
  }
}

/** Help for a property that was written where a keyword belongs: such a schema accepts every value. */
function helpFor(key: string, node: ValueMap): string | undefined {
  const isProperty = isMap(node[key]) || isTypeName(String(node[key]));
  if (!isProperty || Object.keys(node).some((name) => Object.hasOwn(KEYWORDS, name))) {
    return undefined;
  }
  return `Properties belong below \`properties\`: { type: object, properties: { ${key}: … } }`;
}
