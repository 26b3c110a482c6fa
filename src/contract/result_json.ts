/** Writing results as JSON, which must not lose anything silently. */
import { type DiglyError, fail, messageOf } from "./errors.ts";
import { formatPath } from "./field_path.ts";
import type { PathSegment } from "./resource.ts";

/** Deeper values are left to the thorough check. */
const USUAL_DEPTH = 100;

/**
 * A value as JSON, indented or on one line; `undefined` is written as `null`, and a `BigInt` as a
 * number if that is exact, and otherwise as a string of its digits, which no reader rounds. Throws `ERR_EXECUTION_FAILED` for anything that JSON cannot represent,
 * such as a function or a `Map`; `root` is what the message calls the value, and `subject` what is to
 * be written.
 *
 * @example
 * const text = resultJson("Shop.Report.Daily", await ctx.execute("Shop.Report.Daily"), "result");
 */
export function resultJson(
  urn: string,
  value: unknown,
  root: string,
  indent?: number,
  subject = "its result",
): string {
  try {
    if (isPlainJson(value, 0)) return JSON.stringify(value ?? null, undefined, indent);
    const { problem, hasBigInt } = inspect(value, root);
    if (problem !== undefined) throw unsendable(urn, subject, problem);
    const replacer = hasBigInt
      ? (_: string, item: unknown) => typeof item === "bigint" ? exactly(item) : item
      : undefined;
    return JSON.stringify(value ?? null, replacer, indent) ?? "null";
  } catch (error) {
    // A value nested too deep to walk, or a `toJSON` that throws.
    if (error instanceof Error && "code" in error) throw error;
    throw unsendable(urn, subject, messageOf(error), error);
  }
}

function exactly(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function unsendable(
  urn: string,
  subject: string,
  reason: string,
  cause?: unknown,
): DiglyError {
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `${subject} cannot be written as JSON: ${reason}`,
    chain: [urn],
  }, {
    cause,
    help: "Use plain data: objects, lists, strings, finite numbers, booleans or null",
  });
}

/** True for what is certainly JSON data, which is almost every result. */
function isPlainJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return true;
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > USUAL_DEPTH) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!isPlainJson(value[index], depth + 1)) return false;
    }
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    if (!isPlainJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return !("toJSON" in value);
}

interface Findings {
  /** What cannot be written, and where: "`result.items[3]` is a function". */
  problem?: string;
  hasBigInt: boolean;
}

function inspect(root: unknown, name: string): Findings {
  const findings: Findings = { hasBigInt: false };
  const path: PathSegment[] = [];
  const above = new Set<object>();

  function visit(value: unknown): boolean {
    const reason = reasonOf(value);
    if (reason !== undefined) {
      findings.problem = `\`${name}${formatPath(path).slice(1)}\` ${reason}`;
      return false;
    }
    if (typeof value === "bigint") findings.hasBigInt = true;
    if (typeof value !== "object" || value === null || "toJSON" in value) return true;
    above.add(value);
    for (const [key, item] of Object.entries(value)) {
      path.push(Array.isArray(value) ? Number(key) : key);
      if (!visit(item)) return false;
      path.pop();
    }
    above.delete(value);
    return true;
  }

  function reasonOf(value: unknown): string | undefined {
    if (typeof value === "function") return "is a function";
    if (typeof value === "symbol") return "is a symbol";
    if (typeof value !== "object" || value === null) return undefined;
    if (above.has(value)) return "contains itself";
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "is binary data";
    if (Array.isArray(value) || "toJSON" in value) return undefined;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return undefined;
    const losesContents = Object.keys(value).length === 0 || value instanceof Map ||
      value instanceof Set || value instanceof Error;
    // Its content would be lost; the fields of other instances are data.
    return losesContents ? `is ${withArticle(classOf(value))}` : undefined;
  }

  visit(root);
  return findings;
}

function classOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== "Object") return tag;
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } };
  return typeof constructor?.name === "string" && constructor.name !== ""
    ? constructor.name
    : "instance of a class";
}

function withArticle(noun: string): string {
  return `${/^[AEIOU]/i.test(noun) ? "an" : "a"} ${noun}`;
}
