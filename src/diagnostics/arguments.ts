/** Checks arguments of the public API: an invalid one is an `ERR_USAGE`. */
import { type DiglyError, fail } from "../contract/errors.ts";
import { didYouMean } from "./nearest.ts";

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

/** A path as text, given as one or as a `file:` URL. */
export function requirePath(value: unknown, name: string): string {
  const path = value instanceof URL ? value.href : value;
  if (typeof path !== "string" || path === "") {
    throw wrongArgument(name, "a path or a URL", value);
  }
  if (path.includes("\0")) {
    throw fail("ERR_USAGE", { problem: `\`${name}\` contains a NUL character, as no path does` });
  }
  return path;
}

/** Options, `undefined` for none of them. */
export function requireOptions<Options extends object>(
  value: Options | undefined,
  name: string,
): Partial<Options> {
  if (value === undefined) return {};
  if (isPlainObject(value)) return value;
  throw wrongArgument(name, "an object", value);
}

/** The type of an option, as `typeof` names it. */
export type OptionType = "string" | "number" | "boolean" | "function" | "object";

/** Throws for options that do not exist or are of a wrong type; `undefined` is always allowed. */
export function checkOptions(
  options: object,
  types: Readonly<Record<string, OptionType>>,
  name: string,
): void {
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(types, key)) {
      const known = Object.keys(types);
      throw fail("ERR_USAGE", { problem: `\`${name}\` have no option "${key}"` }, {
        help: didYouMean(key, known) ?? `Valid options are ${known.join(", ")}`,
      });
    }
    const type = types[key]!;
    if (value === undefined || isOfType(value, type)) continue;
    throw wrongArgument(`${name}.${key}`, type === "object" ? "an object" : `a ${type}`, value);
  }
}

/** Times and counts must be finite and not negative. */
function isOfType(value: unknown, type: string): boolean {
  if (typeof value !== type || value === null) return false;
  return type !== "number" || (Number.isFinite(value) && (value as number) >= 0);
}

/** A description of a value for messages, without the value itself, which may be secret. */
export function nameOfType(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !isOfType(value, "number")) return String(value);
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
