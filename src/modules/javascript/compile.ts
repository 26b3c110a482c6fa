/** Compiles the code of a script to its `main`. */
import { type Context, fail, messageOf } from "../../contract/author.ts";
import type { LocateThrown } from "./thrown.ts";

/** A script's entry. */
export type Main = (input: unknown, ctx: Context) => unknown;

/**
 * Runs `code`, which defines `main`. Its syntax has been checked before; an error that it throws
 * is reported at its place.
 */
export async function compileMain(code: string, urn: string, locate: LocateThrown): Promise<Main> {
  let main: unknown;
  try {
    const define = new Function(
      `${code}\n;return typeof main === "undefined" ? undefined : main;\n//# sourceURL=${urn}`,
    );
    main = define();
  } catch (error) {
    throw fail("ERR_CREATE_FAILED", { urn, problem: messageOf(error) }, {
      origin: await locate(error),
      cause: error,
    });
  }
  if (typeof main === "function") return main as Main;
  throw fail("ERR_CREATE_FAILED", { urn, problem: "its code does not define a function `main`" }, {
    help: "Write `function main(input, ctx) { … }` in `code`",
  });
}
