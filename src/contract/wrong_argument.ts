/** The error for an invalid argument, and the type of a value in words. */
import { type DiglyError, fail } from "./errors.ts";

/** The error for an argument `name` that must be something else. */
export function wrongArgument(
  name: string,
  wanted: string,
  value: unknown,
  help?: string,
): DiglyError<"ERR_USAGE"> {
  const problem = `\`${name}\` must be ${wanted}, and it is ${nameOfType(value)}`;
  return fail("ERR_USAGE", { problem }, { help });
}

/** A description of a value for messages, without the value itself, which may be secret. */
export function nameOfType(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !isCount(value)) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return isPlainObject(value) ? "an object" : `an instance of ${classOf(value)}`;
}

/**
 * True for an object that is not an instance of a class. An object of another realm counts, and
 * so does `process.env`, whose prototype on Node is one of its own.
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  const { constructor } = prototype as { constructor?: unknown };
  return typeof constructor === "function" && ["", "Object"].includes(constructor.name) &&
    Function.prototype.toString.call(constructor).includes("[native code]");
}

function classOf(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === "function" && constructor.name !== ""
    ? constructor.name
    : "a class";
}

/** True for a time or a count: finite and not negative. */
export function isCount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
