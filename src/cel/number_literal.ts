/** Literals of numbers, with the minus before them. */
import type { Span } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import type { Token } from "./token.ts";

type NumberLiteral =
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "uint"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number };

/** More digits of a number are not repeated in a message. */
const MAX_SHOWN = 40;

/**
 * The value of a token that is a number. A minus belongs to it: the lowest integer has no
 * positive counterpart.
 *
 * @throws CelError if it does not fit into 64 bits
 */
export function readNumber(token: Token, isNegative: boolean, span: Span): NumberLiteral {
  const { type, text, value } = token;
  if (type === "double") {
    return { type, value: isNegative ? -(value as number) : value as number };
  }
  const exact = value as number | bigint;
  if (type === "int") {
    const signed = isNegative ? -exact || 0 : exact;
    if (signed >= -(2n ** 63n) && signed < 2n ** 63n) return { type, value: signed };
  } else if (BigInt(exact) < 2n ** 64n) return { type: "uint", value: BigInt(exact) };
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  const decimal = /^\d+$/.test(text) ? `, or ${shown}.0 for a decimal number` : "";
  throw new CelError(`${shown} does not fit into 64 bits`, {
    help: text === shown
      ? `Write '${text}' to keep it as a string${decimal}`
      : "Write it in quotes",
  }, span);
}
