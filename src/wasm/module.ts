/** Reads a WebAssembly controller, checks its interface, meters and compiles it. */
import type { CodeLimits } from "../contract/code_limits.ts";
import { formatCodeLimit } from "../contract/code_limits.ts";
import { checkInterface, InterfaceProblem } from "./abi.ts";
import { ModuleProblem } from "./binary.ts";
import { MemoryProblem, meterModule, PAGE_BYTES } from "./meter.ts";
import { splitModule } from "./sections.ts";

/** A controller that is ready to be instantiated. */
export type CompiledModule = WebAssembly.Module;

/** Why a file is not a controller: continues a sentence that begins with its name. */
export interface UnusableModule {
  readonly problem: string;
  readonly help: string | undefined;
}

const BUILD =
  "Build it as a core module of WebAssembly 2.0, without threads, exceptions, tail calls " +
  "and garbage collection";

/** The pages of memory that a limit allows. */
export function pagesIn(memory: number): number {
  return Math.floor(memory / PAGE_BYTES);
}

/** Compiles the bytes of a controller, or says why they are not one. Runs nothing of it. */
export async function compileModule(
  bytes: Uint8Array<ArrayBuffer>,
  { memory }: Pick<CodeLimits, "memory">,
): Promise<CompiledModule | UnusableModule> {
  try {
    const split = splitModule(bytes);
    checkInterface(split.sections);
    const metered = meterModule(split, pagesIn(memory));
    // The module as it was: what was added could make an invalid index valid. What is not supported
    // was reported before, because engines differ in what they support.
    if (!WebAssembly.validate(bytes)) throw new ModuleProblem("it does not pass validation");
    return await WebAssembly.compile(metered as Uint8Array<ArrayBuffer>);
  } catch (error) {
    if (error instanceof InterfaceProblem) return { problem: error.message, help: error.help };
    if (error instanceof MemoryProblem) {
      return {
        problem: `needs ${
          inMebibytes(error.bytes)
        } of memory from the beginning, and its limit is ${formatCodeLimit("memory", memory)}`,
        help: "Raise `memory` in the `limits` of the controller, or build it with less memory",
      };
    }
    if (error instanceof ModuleProblem) {
      return { problem: `cannot be used: ${error.message}`, help: BUILD };
    }
    if (error instanceof WebAssembly.CompileError || error instanceof RangeError) {
      return { problem: "cannot be compiled: it is not valid", help: BUILD };
    }
    throw error;
  }
}

function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}MiB`;
}
