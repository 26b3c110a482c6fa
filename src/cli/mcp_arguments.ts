/** The arguments of the tools of `digly mcp`: their schemas, and what is wrong with those of a call. */
import { didYouMean } from "../diagnostics/nearest.ts";

/** An argument of a tool. */
export interface Argument {
  readonly type?: "integer" | "string";
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The JSON Schema of the arguments of a tool. */
export interface ArgumentsSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, Argument>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** Creates the schema of arguments, of which some are required. */
export function argumentsOf(
  properties: Readonly<Record<string, Argument>>,
  ...required: readonly string[]
): ArgumentsSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** The first mistake in the arguments of a call, and what to do about it. */
export function argumentProblem(
  { properties, required }: ArgumentsSchema,
  input: Readonly<Record<string, unknown>>,
): string | undefined {
  const missing = required.find((name) => input[name] === undefined);
  for (const [name, value] of Object.entries(input)) {
    const argument = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (argument === undefined) {
      const names = Object.keys(properties);
      const help = didYouMean(name, names) ??
        (names.length === 0 ? "It takes no arguments" : `It takes ${names.join(", ")}`);
      return `Unknown argument \`${name.slice(0, 40)}\`. ${help}`;
    }
    const problem = valueProblem(argument, value);
    if (problem !== undefined) return `\`${name}\` ${problem}`;
  }
  return missing === undefined ? undefined : `\`${missing}\` is missing`;
}

function valueProblem(
  { type, minimum = -Infinity, maximum = Infinity }: Argument,
  value: unknown,
): string | undefined {
  if (type === "string") return typeof value === "string" ? undefined : "must be a string";
  if (type !== "integer") return undefined;
  const isValid = Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
  if (isValid) return undefined;
  return `must be an integer${minimum > -Infinity ? ` from ${minimum}` : ""}${
    maximum < Infinity ? ` to ${maximum}` : ""
  }`;
}
