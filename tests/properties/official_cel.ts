/** The official engine for JavaScript, over the same data. */
import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";

/** What the official engine makes of an expression. */
export type Official =
  | { readonly failed: true; readonly reason: string }
  | { readonly failed: false; readonly value: unknown };

const env = celEnv();

/** Evaluates an expression with integers as integers, and gives plain data. */
export function runOfficial(
  text: string,
  variables: Readonly<Record<string, unknown>>,
): Official {
  try {
    const evaluate = plan(env, parse(text));
    const result = evaluate(input(variables) as Record<string, never>);
    if (isCelError(result)) return { failed: true, reason: result.message };
    return { failed: false, value: output(result) };
  } catch (error) {
    return { failed: true, reason: String(error) };
  }
}

function input(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(input);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, input(item)]));
}

function output(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return fromEntries(value);
  if ("entries" in value && "has" in value) {
    return fromEntries(value as unknown as Map<unknown, unknown>);
  }
  return Array.from(value as Iterable<unknown>, output);
}

function fromEntries(map: Iterable<readonly [unknown, unknown]>): unknown {
  return Object.fromEntries(Array.from(map, ([key, item]) => [String(key), output(item)]));
}
