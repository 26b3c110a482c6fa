/** Imports the `main` of a script that is a file. */
import { didYouMean, type DiglyError, type ModuleCreateContext } from "../../contract/author.ts";
import type { Main } from "./compile.ts";

/** The function that the file in `file` exports as `main` or by default. */
export async function importMain(ctx: ModuleCreateContext): Promise<Main> {
  const exports = await ctx.importFile(["file"]);
  const main = exports["main"] ?? exports["default"];
  if (typeof main === "function") return main as Main;
  throw missingMain(
    Object.keys(exports).filter((name) => typeof exports[name] === "function"),
    ctx,
  );
}

/** The error of a file without `main`, which exports functions with these names. */
export function missingMain(names: readonly string[], ctx: ModuleCreateContext): DiglyError {
  return ctx.problem(["file"], "the file does not export a function `main`", {
    help: misspelt(names) ?? "Write `export function main(input, ctx) { … }` in it",
  });
}

function misspelt(names: readonly string[]): string | undefined {
  const [name] = names.filter((one) => didYouMean(one, ["main"]) !== undefined);
  return name === undefined ? undefined : `It exports \`${name}\`; call it \`main\``;
}
