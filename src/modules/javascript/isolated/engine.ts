/** QuickJS, compiled to WebAssembly: an interpreter whose scripts reach nothing but what they are given. */
import { messageOf } from "../../../contract/author.ts";
import { newQuickJSWASMModuleFromVariant, newVariant } from "quickjs-emscripten-core";
import type { QuickJSContext, QuickJSRuntime, QuickJSWASMModule } from "quickjs-emscripten-core";
import variant from "@jitl/quickjs-singlefile-mjs-release-sync";

/** The stack of a script; with more, recursion could overflow the stack of the process first. */
const STACK_BYTES = 128 * 1024;

/** The most memory that all isolates have together: what the interpreter can address. */
const PAGES = { initial: 256, maximum: 32_768 };

/** The interpreter asks whether to go on after this many steps. */
const USUAL_STEPS = 10_000;

/**
 * What it is told to do instead. One step may search a string of many megabytes, so that 10,000 of
 * them took minutes; this many took no measurable time more for ordinary code.
 */
const STEPS = 16;

/** Bytes of a context in which its counter of steps is looked for. */
const CONTEXT_BYTES = 1024;

/** More memory than this is not kept for later once no isolate uses it. */
const MOST_IDLE_BYTES = 256 * 1024 * 1024;

/** A global object of its own, with limits of its own. */
export interface Realm {
  readonly context: QuickJSContext;
  /**
   * Runs `work`, which may take until `end`, by `performance.now()`; then the script is interrupted,
   * which it cannot catch. Throws `BrokenEngine` if the interpreter itself fails.
   */
  within<T>(end: number, work: () => T): T;
  dispose(): void;
}

/** The interpreter failed, and with it every script in it. */
export class BrokenEngine extends Error {}

/** One instance of the interpreter. */
export class Engine {
  readonly #quickJs: QuickJSWASMModule;
  readonly #memory: WebAssembly.Memory;
  /** Where in a context the steps are counted that remain until it asks. */
  readonly #counterAt: number;
  #realms = 0;
  #isBroken = false;

  private constructor(quickJs: QuickJSWASMModule, memory: WebAssembly.Memory) {
    this.#quickJs = quickJs;
    this.#memory = memory;
    this.#counterAt = this.#findCounter();
  }

  static async load(): Promise<Engine> {
    const memory = new WebAssembly.Memory(PAGES);
    const silent = { print() {}, printErr() {} };
    return new Engine(
      await newQuickJSWASMModuleFromVariant(
        newVariant(variant, { wasmMemory: memory, emscriptenModule: silent }),
      ),
      memory,
    );
  }

  /** False if it failed, or would keep much memory that nobody uses. */
  get isUsable(): boolean {
    const isLarge = this.#realms === 0 && this.#memory.buffer.byteLength > MOST_IDLE_BYTES;
    return !this.#isBroken && !isLarge;
  }

  get realms(): number {
    return this.#realms;
  }

  createRealm(memoryBytes: number): Realm {
    return this.#guard(() => {
      const runtime = this.#quickJs.newRuntime();
      runtime.setMemoryLimit(memoryBytes);
      runtime.setMaxStackSize(STACK_BYTES);
      const context = runtime.newContext();
      this.#realms++;
      return this.#realmOf(runtime, context);
    });
  }

  #realmOf(runtime: QuickJSRuntime, context: QuickJSContext): Realm {
    const counter = addressOf(context) + this.#counterAt;
    let end = 0;
    let isDisposed = false;
    const ask = (steps: number) => {
      new Int32Array(this.#memory.buffer, counter, 1)[0] = steps;
    };
    runtime.setInterruptHandler(() => {
      if (performance.now() >= end) return true;
      ask(STEPS);
      return false;
    });
    return {
      context,
      within: (until, work) => {
        end = until;
        ask(1);
        return this.#guard(work);
      },
      dispose: () => {
        if (isDisposed) return;
        isDisposed = true;
        this.#realms--;
        if (this.#isBroken) return;
        try {
          this.#guard(() => {
            context.dispose();
            runtime.dispose();
          });
        } catch (error) {
          // Later scripts get another interpreter.
          if (!(error instanceof BrokenEngine)) throw error;
        }
      },
    };
  }

  /** Runs work in the interpreter. What it throws is not from a script: it is a trap of the engine. */
  #guard<T>(work: () => T): T {
    if (this.#isBroken) throw new BrokenEngine("its interpreter failed in another script");
    try {
      return work();
    } catch (error) {
      this.#isBroken = true;
      throw new BrokenEngine(messageOf(error), { cause: error });
    }
  }

  /**
   * When the interpreter asks for the first time in a loop, its counter has just been set to its
   * usual steps, and there is one such number in the context.
   */
  #findCounter(): number {
    const runtime = this.#quickJs.newRuntime();
    const context = runtime.newContext();
    const address = addressOf(context);
    const places: number[] = [];
    runtime.setInterruptHandler(() => {
      const numbers = new Int32Array(this.#memory.buffer, address, CONTEXT_BYTES / 4);
      numbers.forEach((number, index) => void (number === USUAL_STEPS && places.push(index * 4)));
      return true;
    });
    context.evalCode("for (;;);").dispose();
    context.dispose();
    runtime.dispose();
    if (places.length === 1) return places[0]!;
    throw new Error("The counter of the interpreter is not where it is expected");
  }
}

/** The address of a context in the memory of the interpreter. */
function addressOf(context: QuickJSContext): number {
  return context["ctx"].value as unknown as number;
}

let loading: Promise<Engine> | undefined;

/** The interpreter of this process; another one if the last one failed. */
export async function usableEngine(): Promise<Engine> {
  if (loading !== undefined && !(await loading).isUsable) loading = undefined;
  return await (loading ??= Engine.load());
}
