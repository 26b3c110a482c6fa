/** A form from the JSON Schema of an input, and the input from what was typed. */

/** How a field is edited. */
export type FieldType = "text" | "number" | "integer" | "boolean" | "choice" | "json" | "group";

/** A field of a form. */
export interface Field {
  /** Where its value goes, such as `["address", "city"]`. */
  readonly path: readonly string[];
  readonly label: string;
  readonly type: FieldType;
  readonly isRequired: boolean;
  readonly description?: string;
  /** The values to choose from, as JSON. */
  readonly choices?: readonly string[];
  readonly placeholder?: string;
  /** Of a group. */
  readonly fields?: readonly Field[];
}

/** What was typed, by the key of a field. A field without text is left out of the input. */
export type Texts = Readonly<Record<string, string>>;

/** The input, or what is wrong with what was typed, by the key of a field. */
export type FormResult =
  | { readonly value: unknown }
  | { readonly problems: Readonly<Record<string, string>> };

type Schema = Readonly<Record<string, unknown>>;

/** Objects in objects beyond this depth are edited as JSON. */
const DEPTH = 3;

/** The key of a field in {@link Texts}. */
export function fieldKey({ path }: Pick<Field, "path">): string {
  return path.join("\n");
}

/** The fields of an input; undefined where only JSON can describe it. */
export function fieldsOf(schema: unknown): readonly Field[] | undefined {
  return objectFields(schema, [], DEPTH);
}

function objectFields(
  schema: unknown,
  path: readonly string[],
  depth: number,
): readonly Field[] | undefined {
  if (!isSchema(schema) || !isSchema(schema["properties"]) || depth === 0) return undefined;
  // The form cannot decide which alternative is meant.
  if (["oneOf", "anyOf", "allOf", "$ref"].some((key) => key in schema)) return undefined;
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(schema["properties"]).map(([name, property]) =>
    fieldOf(name, property, [...path, name], required.includes(name), depth)
  );
}

function fieldOf(
  label: string,
  schema: unknown,
  path: readonly string[],
  isRequired: boolean,
  depth: number,
): Field {
  const known = isSchema(schema) ? schema : {};
  const { description, enum: choices, default: preset, format } = known;
  const base = {
    path,
    label,
    isRequired,
    ...(typeof description === "string" ? { description } : {}),
    ...(preset !== undefined
      ? { placeholder: typeof preset === "string" ? preset : JSON.stringify(preset) }
      : typeof format === "string"
      ? { placeholder: format }
      : {}),
  };
  if (Array.isArray(choices)) {
    return { ...base, type: "choice", choices: choices.map((choice) => JSON.stringify(choice)) };
  }
  switch (known["type"]) {
    case "string":
      return { ...base, type: "text" };
    case "number":
    case "integer":
    case "boolean":
      return { ...base, type: known["type"] };
  }
  const fields = objectFields(schema, path, depth - 1);
  return fields === undefined ? { ...base, type: "json" } : { ...base, type: "group", fields };
}

/** The input that a form describes. */
export function readForm(fields: readonly Field[], texts: Texts): FormResult {
  const problems: Record<string, string> = {};
  const value = readFields(fields, texts, problems) ?? {};
  return Object.keys(problems).length > 0 ? { problems } : { value };
}

/** The object of some fields; undefined if nothing was typed in any of them. */
function readFields(
  fields: readonly Field[],
  texts: Texts,
  problems: Record<string, string>,
): Record<string, unknown> | undefined {
  const entries: [string, unknown][] = [];
  for (const field of fields) {
    const value = field.fields === undefined
      ? readField(field, texts[fieldKey(field)] ?? "", problems)
      : readFields(field.fields, texts, problems);
    if (value !== undefined) entries.push([field.label, value]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function readField(field: Field, text: string, problems: Record<string, string>): unknown {
  if (text === "") return undefined;
  switch (field.type) {
    case "text":
      return text;
    case "boolean":
      return text === "true";
    case "number":
    case "integer": {
      const number = Number(text);
      if (Number.isNaN(number) || text.trim() === "") {
        problems[fieldKey(field)] = "Must be a number";
      } else if (field.type === "integer" && !Number.isInteger(number)) {
        problems[fieldKey(field)] = "Must be an integer";
      }
      return number;
    }
    default:
      return parseJson(text, (problem) => problems[fieldKey(field)] = problem);
  }
}

/** The value of a text of JSON. */
export function parseJson(text: string, report: (problem: string) => void): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    report(`Must be JSON: ${(error as Error).message}`);
    return undefined;
  }
}

/** What to type for an input that exists, such as that of an execution to replay. */
export function textsOf(fields: readonly Field[], value: unknown): Texts {
  const texts: Record<string, string> = {};
  const object = isSchema(value) ? value : {};
  for (const field of fields) {
    const own = Object.hasOwn(object, field.label) ? object[field.label] : undefined;
    if (field.fields !== undefined) Object.assign(texts, textsOf(field.fields, own));
    else if (own !== undefined) {
      texts[fieldKey(field)] = field.type === "text" && typeof own === "string"
        ? own
        : JSON.stringify(own, undefined, field.type === "json" ? 2 : undefined);
    }
  }
  return texts;
}

/** An input to begin with: the properties of a schema, each with its default or the least value. */
export function skeletonOf(schema: unknown, depth: number = DEPTH): unknown {
  if (!isSchema(schema)) return null;
  if ("default" in schema) return schema["default"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  switch (schema["type"]) {
    case "string":
      return "";
    case "number":
    case "integer":
      return schema["minimum"] ?? 0;
    case "boolean":
      return false;
    case "array":
      return [];
  }
  if (!isSchema(schema["properties"]) || depth === 0) return {};
  return Object.fromEntries(
    Object.entries(schema["properties"]).map(([name, own]) => [name, skeletonOf(own, depth - 1)]),
  );
}

/** True if the form can show all of an input. */
export function fits(fields: readonly Field[], value: unknown): boolean {
  if (value === undefined) return true;
  if (!isSchema(value)) return false;
  return Object.entries(value).every(([name, own]) => {
    const field = fields.find(({ label }) => label === name);
    if (field === undefined) return false;
    if (field.type === "text") return typeof own === "string";
    if (field.type === "choice") return field.choices?.includes(JSON.stringify(own));
    if (field.type === "boolean") return typeof own === "boolean";
    if (field.type === "group") return fits(field.fields ?? [], own);
    return field.type === "json" || typeof own === "number";
  });
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
