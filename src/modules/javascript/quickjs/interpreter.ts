/** QuickJS, compiled to WebAssembly: an interpreter whose scripts reach nothing but what they are given. */
import { Buffer } from "node:buffer";
import { messageOf } from "../../../contract/author.ts";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import packaged from "@jitl/quickjs-wasmfile-release-sync";
import { QUICKJS_WASM_BASE64 } from "./quickjs_wasm.ts";

/** The stack of a script; with more, recursion could overflow the stack of the process first. */
const STACK_BYTES = 128 * 1024;

/** The size of a page of memory. */
const PAGE_BYTES = 64 * 1024;

/** Pages that the interpreter needs for itself. */
const OWN_PAGES = 256;

/** The interpreter asks whether to go on after this many steps. */
const USUAL_STEPS = 10_000;

/**
 * What it is told to do instead. One step may search a string of many megabytes, so that 10,000 of
 * them took minutes; this many took no measurable time more for ordinary code.
 */
const STEPS = 16;

/** Bytes of a context in which its counter of steps is looked for. */
const CONTEXT_BYTES = 1024;

// Its types are those of its CommonJS form.
const variant = packaged as unknown as QuickJSSyncVariant;

/** The interpreter failed, and with it its script. */
export class BrokenInterpreter extends Error {}

/** What all instances share: the compiled module, and where a context counts its steps. */
interface Shared {
  readonly module: WebAssembly.Module;
  readonly counterAt: number;
}

/** An instance of the interpreter, with memory of its own, for one script. */
export class Interpreter {
  readonly context: QuickJSContext;
  /** Asks the interpreter to ask whether to go on after a number of steps. */
  readonly #askAfter: (steps: number) => void;
  #end = 0;
  #isUsable = true;

  private constructor(
    quickJs: QuickJSWASMModule,
    memory: WebAssembly.Memory,
    { memoryBytes, counterAt }: { readonly memoryBytes: number; readonly counterAt: number },
  ) {
    const runtime = quickJs.newRuntime();
    runtime.setMemoryLimit(memoryBytes);
    runtime.setMaxStackSize(STACK_BYTES);
    this.context = runtime.newContext();
    const counter = addressOf(this.context) + counterAt;
    this.#askAfter = (steps) => {
      new Int32Array(memory.buffer, counter, 1)[0] = steps;
    };
    runtime.setInterruptHandler(() => {
      if (performance.now() >= this.#end) return true;
      this.#askAfter(STEPS);
      return false;
    });
  }

  /** An interpreter whose script has this much memory. */
  static async create(memoryBytes: number): Promise<Interpreter> {
    const { module, counterAt } = await loadShared();
    // The interpreter does not count all memory of a script itself, such as that of binary data.
    const maximum = OWN_PAGES + Math.ceil(memoryBytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: OWN_PAGES, maximum });
    const quickJs = await instantiate(module, memory);
    return new Interpreter(quickJs, memory, { memoryBytes, counterAt });
  }

  /** False once it has failed, or interrupted its script somewhere. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /**
   * Runs `work`, which may take until `end`, by `performance.now()`; then the script is interrupted,
   * which it cannot catch. Throws {@link BrokenInterpreter} if the interpreter itself fails: the
   * errors of scripts are values.
   */
  runUntil(end: number, work: () => void): void {
    this.#end = end;
    this.#askAfter(1);
    try {
      work();
    } catch (error) {
      this.#isUsable = false;
      throw new BrokenInterpreter(messageOf(error), { cause: error });
    }
    if (performance.now() >= end) this.#isUsable = false;
  }

  /** Bytes that the script uses. It may use more from now on, since finding it out takes memory. */
  usedBytes(): number {
    this.#isUsable = false;
    const { context } = this;
    context.runtime.setMemoryLimit(-1);
    const usage = context.runtime.computeMemoryUsage();
    return (context.dump(usage) as { readonly memory_used_size: number }).memory_used_size;
  }
}

let shared: Promise<Shared> | undefined;

function loadShared(): Promise<Shared> {
  return shared ??= (async () => {
    const module = await WebAssembly.compile(Buffer.from(QUICKJS_WASM_BASE64, "base64"));
    return { module, counterAt: await findCounter(module) };
  })();
}

async function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<QuickJSWASMModule> {
  const emscriptenModule = {
    // It prints why it fails, which its error says as well.
    print() {},
    printErr() {},
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  };
  const own = newVariant(variant, { wasmMemory: memory, emscriptenModule });
  return await newQuickJSWASMModuleFromVariant(own);
}

/**
 * When the interpreter asks for the first time in a loop, its counter has just been set to its usual
 * steps, and there is one such number in the context.
 */
async function findCounter(module: WebAssembly.Module): Promise<number> {
  const memory = new WebAssembly.Memory({ initial: OWN_PAGES, maximum: 2 * OWN_PAGES });
  const context = (await instantiate(module, memory)).newContext();
  const address = addressOf(context);
  const places: number[] = [];
  context.runtime.setInterruptHandler(() => {
    const numbers = new Int32Array(memory.buffer, address, CONTEXT_BYTES / 4);
    numbers.forEach((number, index) => void (number === USUAL_STEPS && places.push(index * 4)));
    return true;
  });
  context.evalCode("for (;;);");
  if (places.length === 1) return places[0]!;
  throw new Error("The counter of the interpreter is not where it is expected");
}

/** The address of a context in the memory of the interpreter. */
function addressOf(context: QuickJSContext): number {
  return context["ctx"].value as unknown as number;
}
