/** `'%s has %d'.format([name, n])`, an official extension. */
import { keysOf, valueOfKey } from "../access.ts";
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { writeDuration, writeTimestamp } from "../time.ts";
import { Duration, enter, numeric, Timestamp, typeOf, TypeValue, Uint } from "../values.ts";
import { typeInWords } from "../words.ts";
import { writeDouble } from "./conversions.ts";

const CLAUSE = /%(?:%|(?:\.(\d+))?([a-zA-Z]?))/g;
const MAX_DIGITS = 100;

/** Fills the clauses of `text` with the values, one each. */
export function format(context: Context, text: string, values: readonly unknown[]): string {
  context.spendText(text.length);
  let next = 0;
  return text.replace(CLAUSE, (clause, digits: string | undefined, letter: string | undefined) => {
    if (clause === "%%") return "%";
    if (next >= values.length) {
      const got = values.length === 1 ? "1 value" : `${values.length} values`;
      throw new CelError(`format() got ${got}, and the string asks for more`);
    }
    const precision = digits === undefined ? 6 : Number(digits);
    if (precision > MAX_DIGITS) {
      throw new CelError(`format() writes at most ${MAX_DIGITS} digits`);
    }
    const value = enter(values[next++]) ?? null;
    const written = write(context, clause, letter ?? "", precision, value);
    context.spendText(written.length);
    return written;
  });
}

function write(
  context: Context,
  clause: string,
  letter: string,
  precision: number,
  value: unknown,
): string {
  switch (letter) {
    case "s":
      return asText(context, value);
    case "d":
      return typeOf(value) === "double" ? asText(context, value) : asInteger(clause, value, 10);
    case "f":
      return asDouble(clause, value, (number) => fixed(number, precision));
    case "e":
      return asDouble(
        clause,
        value,
        (number) => number.toExponential(precision).replace(/e([+-])(\d)$/, "e$10$2"),
      );
    case "b":
      return typeof value === "boolean" ? value ? "1" : "0" : asInteger(clause, value, 2);
    case "o":
      return asInteger(clause, value, 8);
    case "x":
      return asHex(context, clause, value);
    case "X":
      return asHex(context, clause, value).toUpperCase();
    default:
      throw new CelError(`format() does not know the clause "${clause}"`, {
        help: clause === "%"
          ? "Write %% for a percent sign; a width such as %5d is not possible, digits such as %.2f are"
          : "It knows %s, %d, %f, %e, %b, %o, %x, %X and %%",
      });
  }
}

function wrong(clause: string, wanted: string, value: unknown): never {
  throw new CelError(`format() wants ${wanted} for ${clause}, and got ${typeInWords(value)}`);
}

function asInteger(clause: string, value: unknown, base: number): string {
  const type = typeOf(value);
  const number = type === "int" || type === "uint" ? numeric(value) : undefined;
  return number === undefined ? wrong(clause, "an integer", value) : number.toString(base);
}

function asHex(context: Context, clause: string, value: unknown): string {
  if (typeof value === "string") {
    context.spendCharacters(4 * value.length);
    return hex(new TextEncoder().encode(value));
  }
  if (value instanceof Uint8Array) {
    context.spendCharacters(4 * value.length);
    return hex(value);
  }
  return asInteger(clause, value, 16);
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function asDouble(clause: string, value: unknown, write: (number: number) => string): string {
  const number = numeric(value);
  if (number === undefined) return wrong(clause, "a number", value);
  return Number.isFinite(Number(number)) ? write(Number(number)) : String(number);
}

/** Rounds a tie to the even digit, where JavaScript goes away from zero. */
function fixed(number: number, precision: number): string {
  const exact = Math.abs(number).toFixed(Math.min(MAX_DIGITS, precision + 40));
  const cut = exact.indexOf(".") + (precision === 0 ? 0 : 1 + precision);
  const [kept, dropped] = [exact.slice(0, cut), exact.slice(cut).replace(".", "")];
  const isTie = /^50*$/.test(dropped) && /[02468]\.?$/.test(kept);
  return isTie ? (number < 0 ? "-" : "") + kept : number.toFixed(precision);
}

function asText(context: Context, value: unknown): string {
  context.spend(1);
  if (typeof value === "string") {
    context.spendText(value.length);
    return value;
  }
  if (typeof value === "number" || value === null) {
    return typeOf(value) === "double" ? doubleText(value as number) : String(value);
  }
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Duration) return writeDuration(value);
  if (value instanceof Timestamp) return writeTimestamp(value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Uint8Array) {
    context.spendText(value.length);
    return new TextDecoder().decode(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => asText(context, enter(item) ?? null)).join(", ")}]`;
  }
  const number = numeric(value);
  if (number !== undefined) return doubleText(Number(number));
  const keys = keysOf(value);
  if (keys === undefined) return wrong("%s", "a value that can be written", value);
  const entries = keys.map((key) =>
    `${asText(context, key)}: ${asText(context, valueOfKey(value, key) ?? null)}`
  );
  return `{${entries.sort().join(", ")}}`;
}

function doubleText(value: number): string {
  return Number.isFinite(value) ? writeDouble(value) : String(value);
}
