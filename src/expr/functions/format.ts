/** `'%s has %d'.format([name, n])`, an official extension of CEL. */
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { countSteps, problem } from "../evaluation.ts";

const CLAUSE = /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g;
const MAX_DIGITS = 100;

/** Fills the clauses of `text` with the values, one each. */
export function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(CLAUSE, (clause, digits: string | undefined, letter: string | undefined) => {
    if (letter === undefined) return "%";
    if (next >= values.length) {
      throw problem(`format() got ${values.length} values, and the text asks for more`);
    }
    const precision = digits === undefined ? 6 : Number(digits);
    if (precision > MAX_DIGITS) throw problem(`format() writes at most ${MAX_DIGITS} digits`);
    const written = write(clause, letter, precision, values[next++]);
    countSteps(written.length >> 6);
    return written;
  });
}

function write(clause: string, letter: string, precision: number, value: unknown): string {
  switch (letter) {
    case "s":
      return asText(value);
    case "d":
      return asDecimal(clause, value);
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
      return asHex(clause, value);
    case "X":
      return asHex(clause, value).toUpperCase();
    default:
      throw problem(`format() knows no clause "${clause}"`, {
        help: "Known are %s, %d, %f, %e, %b, %o, %x, %X and %%",
      });
  }
}

function wrong(clause: string, wanted: string): never {
  throw problem(`format() wants ${wanted} for ${clause}`);
}

function asDecimal(clause: string, value: unknown): string {
  if (typeof value === "number") return asText(value);
  return asInteger(clause, value, 10);
}

function asInteger(clause: string, value: unknown, base: number): string {
  if (typeof value === "bigint") return value.toString(base);
  if (value instanceof UnsignedInt) return value.value.toString(base);
  return wrong(clause, "an integer");
}

function asHex(clause: string, value: unknown): string {
  if (typeof value === "string") return hex(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return hex(value);
  return typeof value === "bigint" || value instanceof UnsignedInt
    ? asInteger(clause, value, 16)
    : wrong(clause, "an integer, a text or bytes");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function asDouble(clause: string, value: unknown, write: (number: number) => string): string {
  const number = typeof value === "bigint"
    ? Number(value)
    : value instanceof UnsignedInt
    ? Number(value.value)
    : value;
  if (typeof number !== "number") return wrong(clause, "a number");
  return Number.isFinite(number) ? write(number) : String(number);
}

/** Rounds a tie to the even digit, where JavaScript goes away from zero. */
function fixed(number: number, precision: number): string {
  const exact = Math.abs(number).toFixed(Math.min(MAX_DIGITS, precision + 40));
  const cut = exact.indexOf(".") + (precision === 0 ? 0 : 1 + precision);
  const [kept, dropped] = [exact.slice(0, cut), exact.slice(cut).replace(".", "")];
  const isTie = /^50*$/.test(dropped) && /[02468]\.?$/.test(kept);
  return isTie ? (number < 0 ? "-" : "") + kept : number.toFixed(precision);
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value === "bigint" || typeof value === "boolean") return `${value}`;
  if (typeof value === "number") return String(value);
  if (value instanceof UnsignedInt || value instanceof Duration) return value.toString();
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) {
    countSteps(value.length);
    return `[${value.map(asText).join(", ")}]`;
  }
  if (!(value instanceof Map)) return String((value as { name?: unknown }).name ?? "");
  const entries = [...value as Map<unknown, unknown>];
  countSteps(entries.length);
  return `{${entries.map(([key, item]) => `${asText(key)}: ${asText(item)}`).sort().join(", ")}}`;
}
