/** Turns a script's code into its `main`, and places in it into lines of the code. */
import { fail } from "../../contract/errors.ts";
import type { Context } from "../../contract/module.ts";

/** A script's entry. */
export type Main = (input: unknown, ctx: Context) => unknown;

/** Lines that `new Function` puts before the code, on every runtime. */
const LINES_BEFORE = 2;

/** Compiles `code`; throws an error that tells the line where it is no JavaScript. */
export async function compileMain(code: string, urn: string): Promise<Main> {
  let main: unknown;
  try {
    const define = new Function(
      `${code}\n;return typeof main === "undefined" ? undefined : main;\n//# sourceURL=${urn}`,
    );
    main = define();
  } catch (error) {
    if (error instanceof SyntaxError) throw await syntaxError(code, error, urn);
    const line = lineInCode(error, urn);
    const where = line === undefined ? "" : ` (line ${line} of code)`;
    throw new Error(`${(error as Error).message}${where}`, { cause: error });
  }
  if (typeof main === "function") return main as Main;
  throw fail("ERR_CREATE_FAILED", { urn, problem: "its code defines no function `main`" }, {
    help: "Write `function main(input, ctx) { … }` in `code`",
  });
}

/** The line of the code that an error was thrown at, counted from 1. */
export function lineInCode(error: unknown, urn: string): number | undefined {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  for (const frame of stack.split("\n")) {
    const at = frame.indexOf(urn);
    const place = at < 0
      ? undefined
      : /^(?:, <anonymous>)?:(\d+)/.exec(frame.slice(at + urn.length));
    if (place) return Number(place[1]) - LINES_BEFORE;
  }
  return undefined;
}

/** Not every runtime tells where a syntax error is, so a parser says it. */
async function syntaxError(code: string, error: SyntaxError, urn: string): Promise<Error> {
  const { parse } = await import("acorn");
  try {
    parse(code, { ecmaVersion: "latest", allowReturnOutsideFunction: true });
  } catch (found) {
    const { message, loc } = found as Error & { loc?: { line: number; column: number } };
    if (loc !== undefined) {
      const problem = message.replace(/ \(\d+:\d+\)$/, "");
      return fail("ERR_CREATE_FAILED", {
        urn,
        problem: `${problem} (line ${loc.line}, column ${loc.column + 1} of code)`,
      }, { cause: error });
    }
  }
  return error;
}
