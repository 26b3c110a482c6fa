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

/** The interpreter asks whether to continue after this many steps, however long these take. */
const USUAL_STEPS = 10_000;

/**
 * The instructions after which the interpreter asks as well, within a step: about a millisecond.
 * One step may search a string of many megabytes, or a list that has no end.
 */
const PORTION = 500_000n;

/**
 * Milliseconds for the step in which the time runs out. After them, the interpreter is broken off,
 * instead of the script in it.
 */
const GRACE = 1_000;

/** What the metering of the interpreter has added to its exports. */
const METER = { fuel: "digly:fuel", refill: "digly:refill" } as const;

/** A module that exports the function that it imports, for a table: `m.f`, of the type `() -> i32`. */
const TABLE_FUNCTION = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[2, 7, 1, 1, 0x6d, 1, 0x66, 0, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
]);

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
  readonly #memory: WebAssembly.Memory;
  /** Where the steps are counted until the interpreter asks whether to continue. */
  readonly #counter: number;
  #end = 0;
  #isUsable = true;

  private constructor(
    { quickJs, memory, fuel }: Instance,
    { memoryBytes, counterAt }: { readonly memoryBytes: number; readonly counterAt: number },
  ) {
    const runtime = quickJs.newRuntime();
    runtime.setMemoryLimit(memoryBytes);
    runtime.setMaxStackSize(STACK_BYTES);
    this.context = runtime.newContext();
    this.#memory = memory;
    this.#counter = addressOf(this.context) + counterAt;
    runtime.setInterruptHandler(() => performance.now() >= this.#end);
    fuel.refill = () => this.#mayGoOn();
  }

  /** An interpreter whose script has this much memory. */
  static async create(memoryBytes: number): Promise<Interpreter> {
    const { module, counterAt } = await loadShared();
    // The interpreter does not count all memory of a script itself, such as that of binary data.
    const maximum = OWN_PAGES + Math.ceil(memoryBytes / PAGE_BYTES);
    return new Interpreter(await instantiate(module, maximum), { memoryBytes, counterAt });
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
    try {
      work();
    } catch (error) {
      this.#isUsable = false;
      // Broken off within a step, it is late rather than broken.
      if (performance.now() < end) {
        throw new BrokenInterpreter(messageOf(error), { cause: error });
      }
    }
    if (performance.now() >= end) this.#isUsable = false;
  }

  /** Bytes that the script uses. It is not used further, since finding it out takes memory. */
  usedBytes(): number {
    this.#isUsable = false;
    const { context } = this;
    context.runtime.setMemoryLimit(-1);
    const usage = context.runtime.computeMemoryUsage();
    return (context.dump(usage) as { readonly memory_used_size: number }).memory_used_size;
  }

  /** Whether the interpreter continues within a step; it asks at the next step when the time is over. */
  #mayGoOn(): boolean {
    const late = performance.now() - this.#end;
    if (late < 0) return true;
    new Int32Array(this.#memory.buffer, this.#counter, 1)[0] = 1;
    return late < GRACE;
  }
}

/** An instance of the module, and what it calls when a portion of instructions is used up. */
interface Instance {
  readonly quickJs: QuickJSWASMModule;
  readonly memory: WebAssembly.Memory;
  readonly fuel: { refill(): boolean };
}

let shared: Promise<Shared> | undefined;

function loadShared(): Promise<Shared> {
  return shared ??= (async () => {
    const module = await WebAssembly.compile(Buffer.from(QUICKJS_WASM_BASE64, "base64"));
    return { module, counterAt: await findCounter(module) };
  })();
}

async function instantiate(module: WebAssembly.Module, maximum: number): Promise<Instance> {
  const memory = new WebAssembly.Memory({ initial: OWN_PAGES, maximum });
  const fuel: Instance["fuel"] = { refill: () => true };
  const emscriptenModule = {
    // It prints why it fails, which its error says as well.
    print() {},
    printErr() {},
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      meter(instance, fuel);
      done(instance);
      return instance.exports;
    },
  };
  const own = newVariant(variant, { wasmMemory: memory, emscriptenModule });
  return { quickJs: await newQuickJSWASMModuleFromVariant(own), memory, fuel };
}

/** Lets an instance ask `fuel` after each portion of instructions. */
function meter({ exports }: WebAssembly.Instance, fuel: Instance["fuel"]): void {
  const left = exports[METER.fuel] as WebAssembly.Global<"i64">;
  const refill = () => {
    left.value = PORTION;
    return fuel.refill() ? 0 : 1;
  };
  const imports = { m: { f: refill } };
  const wrapper = new WebAssembly.Instance(new WebAssembly.Module(TABLE_FUNCTION), imports);
  (exports[METER.refill] as WebAssembly.Table).set(0, wrapper.exports["f"]);
}

/**
 * When the interpreter asks for the first time in a loop, its counter has just been set to its usual
 * steps, and there is one such number in the context.
 */
async function findCounter(module: WebAssembly.Module): Promise<number> {
  const { quickJs, memory } = await instantiate(module, 2 * OWN_PAGES);
  const context = quickJs.newContext();
  const address = addressOf(context);
  const places: number[] = [];
  context.runtime.setInterruptHandler(() => {
    const numbers = new Int32Array(memory.buffer, address, CONTEXT_BYTES / 4);
    numbers.forEach((number, index) => void (number === USUAL_STEPS && places.push(index * 4)));
    return true;
  });
  context.evalCode("for (;;);");
  const [place] = places;
  if (place !== undefined && places.length === 1) return place;
  throw new Error("The counter of the interpreter is not where it is expected");
}

/** The address of a context in the memory of the interpreter. */
function addressOf(context: QuickJSContext): number {
  // The library brands its pointers, which are numbers.
  return context["ctx"].value as unknown as number;
}
