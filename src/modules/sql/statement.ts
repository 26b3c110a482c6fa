/** Statements made of the parts of a string: each value becomes a parameter. */
import type { Dialect, Statement } from "./database.ts";
import { tokensOf } from "./lexer.ts";

/** A mistake in a statement. */
export interface StatementProblem {
  readonly message: string;
  readonly help?: string | undefined;
  readonly place: Place;
}

/** A place in the parts of a string. */
export type Place =
  | { readonly text: number; readonly offset: number }
  | { readonly value: number };

/** A statement with a way back to the parts that it was made of. */
export interface ParsedStatement extends Statement {
  readonly problem: StatementProblem | undefined;
  /** The place of an offset of the statement. */
  placeOf(offset: number): Place;
}

/** Joins the texts, with a parameter between each two. */
export function parseStatement(texts: readonly string[], dialect: Dialect): ParsedStatement {
  const sign = dialect === "postgres" ? "$" : "?";
  const starts: number[] = [];
  let joined = "";
  texts.forEach((text, index) => {
    // The spaces keep a parameter apart from digits and letters beside it.
    if (index > 0) joined += ` ${sign}${index} `;
    starts.push(joined.length);
    joined += text;
  });

  function placeOf(offset: number): Place {
    let index = starts.findLastIndex((start) => start <= offset);
    if (index < 0) index = 0;
    // The last text that begins before the offset.
    const within = offset - starts[index]!;
    const { length } = texts[index]!;
    if (within < length || index === texts.length - 1) {
      return { text: index, offset: Math.min(within, length) };
    }
    return { value: index };
  }

  return { text: joined, placeOf, problem: findProblem(joined, placeOf, dialect) };
}

function findProblem(
  text: string,
  placeOf: (offset: number) => Place,
  dialect: Dialect,
): StatementProblem | undefined {
  let ended = false;
  let at = 0;
  for (const token of tokensOf(text, dialect)) {
    const between = text.slice(at, token.start).trim() !== "";
    at = token.end;
    if (ended && (between || token.type === "quoted" || token.type === "parameter")) {
      return severalStatements(placeOf(token.start));
    }
    if (token.type === "end") ended = true;
    if (token.type === "quoted" || token.type === "comment") {
      const value = valueWithin(token.start, token.end, placeOf);
      if (value !== undefined) return valueInside(token.type, value);
    }
    const place = placeOf(token.start);
    if (token.type === "parameter" && "text" in place) {
      return foreignParameter(text.slice(token.start, token.end), place);
    }
  }
  const rest = text.slice(at).trim();
  if (ended && rest !== "") {
    return severalStatements(placeOf(text.length - text.slice(at).trimStart().length));
  }
  return undefined;
}

/** The first value between two offsets. */
function valueWithin(
  start: number,
  end: number,
  placeOf: (offset: number) => Place,
): number | undefined {
  const place = placeOf(start);
  const first = "text" in place ? place.text : place.value + 1;
  const last = placeOf(end - 1);
  const lastIndex = "text" in last ? last.text : last.value + 1;
  return first < lastIndex ? first : undefined;
}

function valueInside(type: "quoted" | "comment", value: number): StatementProblem {
  return type === "comment" ? { message: "has an expression in a comment", place: { value } } : {
    message: "has an expression within quotes",
    help: "Remove the quotes: a value is bound, not inserted into the text. " +
      "For a part of a string write 'a' || ${{ … }} || 'b'",
    place: { value },
  };
}

function foreignParameter(name: string, place: Place): StatementProblem {
  return {
    message: `has the parameter ${name}, to which nothing is bound`,
    help: "Write the value where it belongs, such as ${{ input.id }}",
    place,
  };
}

function severalStatements(place: Place): StatementProblem {
  return {
    message: "has more than one statement",
    help: "Write an Sql.Query for each, and an Sql.Transaction that executes them",
    place,
  };
}
