/** Where a mistake in an SQL text is, and the errors that point there. */
import type { Origin } from "../../contract/author.ts";
import type { Dialect } from "./database.ts";
import { tokensOf } from "./lexer.ts";

/** What SQLite says about a mistake; it does not say where it is. */
const NAMED = [
  /^near "([^"]+)": syntax error/,
  /^no such (?:column|table|function|index|view|trigger|collation sequence|module): ([^\s-]+)/,
  /^table \S+ has no column named (\S+)/,
  /^ambiguous column name: (\S+)/,
  /^unrecognized token: "([^"]+)/,
  /^wrong number of arguments to function (\w+)/,
  /^misuse of aggregate: (\w+)/,
];

/** The offset of what a message names, outside of strings and comments. */
export function findNamed(message: string, text: string): number | undefined {
  const name = NAMED.map((pattern) => pattern.exec(message)?.[1]).find((found) =>
    found !== undefined
  );
  if (name === undefined) return undefined;
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const word = new RegExp(`(?<!\\w)${escaped}(?!\\w)`, "gi");
  const hidden = [...tokensOf(text, "sqlite")].filter(({ type }) =>
    type === "comment" || type === "quoted"
  );
  const visible = [...text.matchAll(word)].map(({ index }) => index)
    .filter((index) => !hidden.some(({ start, end }) => index >= start && index < end));
  // A syntax error is where the parser stopped: nothing that comes before it is wrong.
  return visible[0] ?? text.search(word);
}

/** The length of the word at an offset, at least 1. */
export function wordLength(text: string, offset: number): number {
  return /^[\w$]+/.exec(text.slice(offset))?.[0].length ?? 1;
}

/** A place in a file of its own. */
export function originInFile(file: string, text: string, offset: number): Origin {
  const before = text.slice(0, offset).split("\n");
  const lines = text.split("\n");
  const line = before.length;
  const first = Math.max(1, line - 2);
  return {
    file,
    line,
    column: (before.at(-1) ?? "").length + 1,
    length: wordLength(text, offset),
    path: "$",
    excerpt: { firstLine: first, lines: lines.slice(first - 1, line) },
  };
}

/** Words that end or begin a transaction. */
const CONTROL = /^\s*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK)\b/i;

/** The offset of a statement of a script that would end or begin a transaction. */
export function findTransactionControl(text: string, dialect: Dialect): number | undefined {
  let start = 0;
  for (const token of [...tokensOf(text, dialect), undefined]) {
    if (token?.type === "comment" && text.slice(start, token.start).trim() === "") {
      start = token.end;
      continue;
    }
    if (token !== undefined && token.type !== "end") continue;
    const statement = text.slice(start, token?.start ?? text.length);
    if (CONTROL.test(statement)) return start + statement.search(/\S/);
    start = token?.end ?? text.length;
  }
  return undefined;
}
