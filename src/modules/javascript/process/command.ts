/** How this program is started again, in each of its forms. */
import process from "node:process";
import { fileURLToPath } from "node:url";

declare const Deno: { readonly build: { readonly standalone?: boolean } } | undefined;

/** The command and its arguments. */
export function programCommand(): readonly string[] {
  const { execPath } = process;
  if (isExecutable()) return [execPath];
  const program = fileURLToPath(programUrl());
  return "deno" in process.versions ? [execPath, "run", "-A", program] : [execPath, program];
}

/** True in an executable, which is the program itself. */
function isExecutable(): boolean {
  const isOfBun = Symbol.for("digly.bundle") in globalThis;
  return isOfBun || (typeof Deno !== "undefined" && Deno.build.standalone === true);
}

/**
 * The file that is started: the one of the sources, that of the package, which is beside the folder
 * of chunks, or the single file that this code is in.
 */
function programUrl(): URL {
  const here = import.meta.url;
  if (here.endsWith("/src/modules/javascript/process/command.ts")) {
    return new URL("../../../../cli.ts", here);
  }
  return /\/chunks\/[^/]*$/.test(here) ? new URL("../program.mjs", here) : new URL(here);
}
