/** Suggestions for values that do not match the schema of their kind. */
import type { Origin } from "../contract/errors.ts";
import { type KnownUrns, urnIn } from "../contract/known_urns.ts";
import type { Violation } from "../contract/violation.ts";
import { didYouMean, didYouMeanUrn } from "../diagnostics/nearest.ts";
import { isDeferred, isMap, type Value, valueAt, type ValueMap } from "../contract/resource.ts";
import { fieldSchema } from "./field_schema.ts";
import { notationHelp } from "./notation_help.ts";

/** The resources that a reference may name. */
export interface UrnsForHelp extends Pick<KnownUrns, "isA"> {
  readonly urns: Iterable<string>;
}

/** The help for a violation in `fields`, which is written at `origin`. */
export function helpForViolation(
  { path, keyword, expected = [], message }: Violation,
  fields: unknown,
  origin: Origin,
  { urns, isA }: UrnsForHelp = { urns: [], isA: () => true },
): string | undefined {
  const value = valueAt(fields, path);
  const field = String(path.at(-1) ?? "");
  switch (keyword) {
    case "diglyUrn":
    case "digly:kind":
      return expected.length === 0
        ? nearestUrn(value, urns)
        : fittingUrn(value, expected.map(String), { urns, isA });
    case "type":
      return helpForType(expected.map(String), value, field, writtenAt(origin));
    case "enum":
      return typeof value === "string"
        ? didYouMean(value, expected.filter((one) => typeof one === "string"))
        : undefined;
    case "required":
      return `Add \`${field}: …\``;
    case "pattern":
      if (typeof value !== "string") return undefined;
      return message.endsWith(" ^/") ? `Write /${value}` : notationHelp(value, message);
    default:
      return undefined;
  }
}

/** Keywords that say which values a field accepts, and not what it is for. */
const OF_VALUES: ReadonlySet<string> = new Set([
  "type",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
]);

/** The first sentence of the description that the schema of a kind gives the field of a violation. */
export function descriptionOfField(
  schema: unknown,
  { path, keyword }: Violation,
): string | undefined {
  if (!OF_VALUES.has(keyword)) return undefined;
  const field = fieldSchema(schema, path);
  if (field.kind !== "part" || !isMap(field.schema as Value)) return undefined;
  const { description } = field.schema as ValueMap;
  if (typeof description !== "string") return undefined;
  const [sentence] = description.trim().split(/\.\s/);
  return sentence?.replace(/\.$/, "");
}

/** The nearest URN to one that does not exist. */
function nearestUrn(value: unknown, urns: Iterable<string>): string | undefined {
  const urn = isDeferred(value) ? undefined : urnIn(value);
  return urn === undefined ? undefined : didYouMeanUrn(urn, urns);
}

/** More resources than that are of no help. */
const MOST_URNS = 5;

/** The resource of one of the kinds that was probably meant, or all of them. */
function fittingUrn(
  value: unknown,
  kinds: readonly string[],
  { urns, isA }: UrnsForHelp,
): string | undefined {
  const fitting = [...urns].filter((urn) => kinds.some((kind) => isA(urn, kind)));
  if (fitting.length === 0) {
    const kind = kinds.join(" or ");
    return `There is no resource of the kind ${kind}: add one, in this file or in one that \`resources\` lists`;
  }
  const near = nearestUrn(value, fitting);
  if (near !== undefined) return near;
  return fitting.length > MOST_URNS ? undefined : `Such resources are ${fitting.join(", ")}`;
}

function helpForType(
  types: readonly string[],
  value: unknown,
  field: string,
  written: string,
): string | undefined {
  if (value === null) return `Write a value after \`${field}:\`, or remove the line`;
  const wants = (...names: string[]) => names.some((name) => types.includes(name));
  if (typeof value === "string") {
    const variable = /^(["']?)(\$\{\{?)\s*(env\.\w+)\s*(\}\}?)\1$/.exec(written);
    if (variable !== null) {
      const [, quote, open, name, close] = variable;
      const converted = wants("integer")
        ? `int(${name})`
        : wants("number")
        ? `double(${name})`
        : wants("boolean")
        ? `${name} == 'true'`
        : undefined;
      if (converted === undefined) return undefined;
      return `A variable of the environment is a string: write ${field}: ${quote}${open} ${converted} ${close}${quote}`;
    }
    if (wants("integer", "number", "boolean") && /^["']?\$\{[^]*\}["']?$/.test(written)) {
      const fix = wants("integer")
        ? "convert it with int(…)"
        : wants("number")
        ? "convert it with double(…)"
        : "compare it, as in … == 'true'";
      return `The expression gives a string; ${fix}`;
    }
    const isNumeric = value.trim() !== "" && Number.isFinite(Number(value));
    const isBoolean = value === "true" || value === "false";
    if ((wants("integer", "number") && isNumeric) || (wants("boolean") && isBoolean)) {
      return `Write ${value} without quotes`;
    }
    const [, digits] = /^\s*(\d+)\b/.exec(value) ?? [];
    if (wants("integer", "number") && digits !== undefined) {
      return `Write only the number, such as ${field}: ${digits}`;
    }
    if (wants("boolean") && /^(?:yes|no|on|off)$/i.test(value)) {
      return `Write ${/^(?:yes|on)$/i.test(value)}`;
    }
    if (wants("array")) return `Write a list: ${field}: [${written}]`;
  } else if (typeof value === "number" || typeof value === "boolean") {
    if (wants("integer") && typeof value === "number" && !written.includes("${")) {
      return wants("string") ? "Write a whole number, or a string" : "Write a whole number";
    }
    if (wants("string")) {
      return written.includes("${")
        ? `The expression gives a ${typeof value}: write string(…) around it`
        : `Write it in quotes: "${written || String(value)}"`;
    }
    if (wants("array")) return `Write a list: ${field}: [${written}]`;
  } else if (Array.isArray(value)) {
    if (wants("object")) return "Write `key: value` lines, without dashes";
  } else if (wants("array")) {
    return "Begin each entry of a list with a dash and a space: `- …`";
  }
  return undefined;
}

/** The text of a scalar as written. */
function writtenAt({ excerpt, line, column, length }: Origin): string {
  const text = excerpt?.lines[line - excerpt.firstLine] ?? "";
  return text.slice(column - 1, column - 1 + length);
}
