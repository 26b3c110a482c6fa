/** The statements of an SQL script. */
import type { Dialect } from "./database.ts";
import { tokensOf } from "./lexer.ts";

/** One statement of a script. */
export interface ScriptStatement {
  readonly text: string;
  /** Its offset in the script. */
  readonly start: number;
  /** The text without comments, and without what is in strings and quoted names. */
  readonly bare: string;
}

/** Splits a script; a trigger, which has statements of its own, is one statement. */
export function statementsOf(script: string, dialect: Dialect): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let start = 0;
  let at = 0;
  let bare = "";
  /** What follows the last semicolon in a trigger. */
  let last = "";

  function add(end: number): void {
    const text = script.slice(start, end);
    const leading = text.length - text.trimStart().length;
    if (bare.trim() !== "") {
      statements.push({ text: text.trim(), start: start + leading, bare: bare.trim() });
    }
    [start, at, bare, last] = [end, end, "", ""];
  }

  for (const token of tokensOf(script, dialect)) {
    const words = script.slice(at, token.start);
    bare += words;
    last += words;
    at = token.end;
    if (token.type === "end") {
      if (!isTrigger(bare) || last.trim().toUpperCase() === "END") add(token.end);
      else {
        bare += ";";
        last = "";
      }
      continue;
    }
    const rest = token.type === "quoted" ? "''" : token.type === "comment" ? " " : "?";
    bare += rest;
    last += rest;
  }
  bare += script.slice(at);
  add(script.length);
  return statements;
}

function isTrigger(bare: string): boolean {
  return /^\s*CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i.test(bare);
}
