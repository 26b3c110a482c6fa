/** Where an expression in a string ends. */
import { ExpressionError } from "./expression_error.ts";

/** The index of the `}` or `}}` that ends the expression beginning at `from`. */
export function findEnd(text: string, from: number, later: boolean): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"' || char === "'") {
      at = endOfString(text, at, from);
    } else if (char === "/" && text[at + 1] === "/") {
      const newline = text.indexOf("\n", at);
      if (newline === -1 && text.includes("}", at)) throw commentedOut(text, at, from);
      if (newline === -1) break;
      at = newline;
    } else if (char === "{") {
      depth++;
    } else if (char === "}") {
      if (depth > 0) depth--;
      else if (!later || text[at + 1] === "}") return at;
      else throw closedOnce(text, at, from);
    }
  }
  const form = later ? "${{" : "${";
  throw new ExpressionError({
    problem: `The expression has no closing ${later ? "}}" : "}"}`,
    help: `Close it, or write $${form} for the literal text ${form}`,
    expression: text.slice(from),
    start: 0,
    end: text.length - from,
    offset: from,
  });
}

/** A `${{` ends with one brace. */
function closedOnce(text: string, at: number, from: number): ExpressionError {
  return new ExpressionError({
    problem: "The expression has no closing }}",
    help: "Write }} instead of }, or $${{ for the literal text ${{",
    expression: text.slice(from, at + 1),
    start: at - from,
    end: at + 1 - from,
    offset: from,
  });
}

/** A comment covers what would close the expression. */
function commentedOut(text: string, at: number, from: number): ExpressionError {
  return new ExpressionError({
    problem: "The comment covers the end of the expression",
    help: "Close the expression in the next line; / divides, and of integers it gives an integer",
    expression: text.slice(from),
    start: at - from,
    end: text.length - from,
    offset: from,
  });
}

/** The index of the quote that ends the string literal beginning at `at`. */
function endOfString(text: string, at: number, from: number): number {
  const quote = text[at]!;
  const triple = quote.repeat(3);
  const closing = text.startsWith(triple, at) ? triple : quote;
  for (let next = at + closing.length; next < text.length; next++) {
    if (text[next] === "\\") next++;
    else if (text.startsWith(closing, next)) return next + closing.length - 1;
  }
  throw new ExpressionError({
    problem: "Unterminated string in the expression",
    help: isInWord(text, at)
      ? `Add the closing ${closing}, or write \\${quote} for a quote in the text`
      : `Add the closing ${closing}`,
    expression: text.slice(from),
    start: at - from,
    end: text.length - from,
    offset: from,
  });
}

/** Whether the quote is in a word after another one, as in `'it's'`. */
function isInWord(text: string, at: number): boolean {
  const quote = text[at]!;
  return /\w/.test(text[at - 1] ?? "") && text.lastIndexOf(quote, at - 1) !== -1;
}
