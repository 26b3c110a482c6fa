/** Words for values that fit none, or more than one, of the alternatives of `oneOf` and `anyOf`. */
import { isSchemaMap } from "../contract/schema_map.ts";

/** A failed `oneOf` or `anyOf`, as the schema library reports it. */
interface FailedAlternatives {
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: Readonly<Record<string, unknown>> | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  object: "a map",
  array: "a list",
  null: "null",
};

/** A type of JSON Schema in words. */
export function typeInWords(type: unknown): string {
  return TYPES[type as string] ?? String(type);
}

/** `a, b or c`. */
export function either(options: readonly unknown[]): string {
  return joined(options, "or");
}

function joined(options: readonly unknown[], word: string): string {
  if (options.length < 2) return String(options[0]);
  return `${options.slice(0, -1).join(", ")} ${word} ${options.at(-1)}`;
}

/** The message for a value that fits none, or more than one, of the alternatives. */
export function alternativesMessage({ params, parentSchema }: FailedAlternatives): string {
  const missing = params["missing"] as readonly string[] | undefined;
  if (missing !== undefined) return `needs ${either(missing.map(quoted))}`;
  const passing = params["passingSchemas"] as readonly number[] | null | undefined;
  if (!passing) return "does not match any of the allowed forms";
  const alternatives = parentSchema?.["oneOf"] as readonly unknown[];
  const required = passing.map((index) => fieldsOf(alternatives[index]));
  if (required.every((fields) => fields !== undefined)) {
    return `has ${joined(required, "and")}, and only one of them is allowed`;
  }
  const names = passing.map((index) => nameOf(alternatives[index], index));
  return `matches ${joined(names, "and")}, and only one of the forms is allowed`;
}

/** The fields that an alternative requires, if that is all it says. */
function fieldsOf(schema: unknown): string | undefined {
  if (!isSchemaMap(schema) || typeof schema["title"] === "string") return undefined;
  const { required } = schema;
  const isAll = Object.keys(schema).every((key) => key === "required" || key === "description");
  if (!isAll || !Array.isArray(required) || required.length === 0) return undefined;
  return required.map(quoted).join(" with ");
}

/** The name of an alternative: its title, its definition, its value, its type, or its number. */
function nameOf(schema: unknown, index: number): string {
  const fields = fieldsOf(schema);
  if (fields !== undefined) return fields;
  const { title, $ref: ref, const: value, type, required, properties }: Record<string, unknown> =
    isSchemaMap(schema) ? schema : {};
  if (typeof title === "string") return `"${title}"`;
  if (typeof ref === "string") return `"${ref.split("/").at(-1)}"`;
  if (value !== undefined) return JSON.stringify(value);
  const names = Array.isArray(required) ? required : Object.keys(properties ?? {});
  if (names.length > 0) return `form ${index + 1} (with ${joined(names.map(quoted), "and")})`;
  if (type !== undefined) return [type].flat().map(typeInWords).join(" or ");
  return `form ${index + 1}`;
}

function quoted(name: unknown): string {
  return `\`${String(name)}\``;
}
