/** An instance of a controller in WebAssembly: calls its functions within limits. */
import { type DiglyError, fail, isDiglyError } from "../contract/errors.ts";
import { inspectJson } from "../contract/json_shape.ts";
import { ABI_VERSION, versionProblem } from "./abi.ts";
import type { Budget } from "./budget.ts";
import {
  codeError,
  exhaustedError,
  memoryError,
  panicError,
  type Subject,
  trapError,
} from "./failures.ts";
import { METER_EXPORTS } from "./meter.ts";
import { asWasmFunction } from "./wasm_function.ts";
import { WASI_MODULE, wasiFunctions } from "./wasi.ts";
import type { CompiledModule } from "./module.ts";

/** The largest result, and the largest request. */
export const TEXT_BYTES: number = 16 * 1024 * 1024;
/** The deepest nesting of a result: what reads it is recursive. */
const MOST_NESTING = 256;
/** What a call of the host costs, beside the bytes that it reads and writes. */
const CALL_COST = 100;
const BYTES_PER_FUEL = 8;
/** The longest message of a panic. */
const MOST_MESSAGE = 4_096;

/** What a result of `execute` or `resume` means: "wait" for the answers of what was asked for. */
export type Outcome = { readonly value: unknown } | "wait";

/** Answers what the code asks for while it runs; `undefined` for no answer. */
export type Answer = (request: unknown, bytes: number) => unknown;

/** Who listens to the code while it runs. */
export interface Listener {
  readonly answer: Answer;
  /** What it writes to its standard output or standard error. */
  readonly write: (stream: "stdout" | "stderr", text: string) => void;
  readonly now: () => number;
}

/** What is running at the moment. */
interface Run {
  readonly budget: Budget;
  readonly listener: Listener;
}

type GuestFunction = (...args: number[]) => unknown;

/** One instance. */
export class Guest {
  readonly #subject: Subject;
  readonly #memory: WebAssembly.Memory;
  readonly #fuel: WebAssembly.Global<"i64">;
  readonly #denied: WebAssembly.Global<"i32">;
  readonly #functions: Readonly<Record<string, unknown>>;
  #bytes = new Uint8Array();
  #run: Run | undefined;
  /** True while the module gives memory for an answer. */
  #isAnswering = false;
  /** Why the host has ended the code, which then traps. */
  #ended: DiglyError | undefined;
  /** True after a trap: its memory may be in any state, so it is not used again. */
  isBroken = false;

  /** Instantiates `module` and runs what it runs at its start. Throws a `DiglyError`. */
  constructor(module: CompiledModule, subject: Subject, budget: Budget, listener: Listener) {
    this.#subject = subject;
    const exports = instantiate(module, this.#imports(), subject).exports;
    this.#functions = exports;
    this.#memory = exports["memory"] as WebAssembly.Memory;
    this.#fuel = exports[METER_EXPORTS.fuel] as WebAssembly.Global<"i64">;
    this.#denied = exports[METER_EXPORTS.denied] as WebAssembly.Global<"i32">;
    const refill = exports[METER_EXPORTS.refill] as WebAssembly.Table;
    refill.set(0, asWasmFunction(() => this.#refill()));
    this.#within({ budget, listener }, () => {
      this.#function(METER_EXPORTS.start)?.();
      this.#function("_initialize")?.();
      const version = this.#function("digly_abi")?.();
      if (typeof version === "number" && version !== ABI_VERSION) {
        const { message, help } = versionProblem(version);
        const problem = `The controller of ${subject.urn} ${message}`;
        throw fail("ERR_MODULE_INVALID", { problem }, {
          origin: subject.controller().origin,
          help,
        });
      }
    });
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** True if it exports a function with this name. */
  has(name: string): boolean {
    return this.#function(name) !== undefined;
  }

  /** Calls `name` with JSON text, and reads what it returns; the result of `create` is not read. */
  call(
    name: "create" | "execute" | "resume",
    json: string,
    budget: Budget,
    listener: Listener,
  ): Outcome {
    return this.#within({ budget, listener }, () => {
      const input = this.#write(json);
      // The module was refused unless it exports what is called here.
      const packed = this.#function(name)!(...input);
      if (name === "create") {
        this.#free(...input);
        return { value: undefined };
      }
      if (packed === -1n) {
        this.#free(...input);
        return "wait";
      }
      const [pointer, length] = unpack(packed as bigint);
      const value = length === 0 ? undefined : this.#read(pointer, length, "result");
      // A module may return its input.
      if (length > 0 && pointer !== input[0]) this.#free(pointer, length);
      this.#free(...input);
      return { value };
    });
  }

  #function(name: string): GuestFunction | undefined {
    const exported = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    return typeof exported === "function" ? exported as GuestFunction : undefined;
  }

  /** Runs code of the module, and turns what goes wrong into our errors. */
  #within<T>(run: Run, work: () => T): T {
    this.#run = run;
    this.#ended = undefined;
    this.#denied.value = 0;
    this.#fuel.value = BigInt(run.budget.begin());
    try {
      return work();
    } catch (error) {
      this.isBroken = true;
      throw this.#failure(error);
    } finally {
      run.budget.end(Number(this.#fuel.value));
      this.#run = undefined;
    }
  }

  #failure(thrown: unknown): DiglyError {
    if (this.#ended !== undefined) return this.#ended;
    if (isDiglyError(thrown)) return thrown;
    if (this.#denied.value === 1) return memoryError(this.#subject, thrown);
    const isOwn = thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
    if (isOwn) return trapError(thrown, this.#subject);
    throw thrown;
  }

  /** Called by the module when its portion of fuel is used up: 1 ends it. */
  #refill(): number {
    const next = this.#run?.budget.next(Number(this.#fuel.value));
    if (typeof next === "number") {
      this.#fuel.value = BigInt(next);
      return 0;
    }
    if (next !== undefined) this.#ended = exhaustedError(next, this.#subject);
    return 1;
  }

  /** Charges for work of the host. Throws if the limits are reached. */
  #charge(bytes: number): void {
    const cost = CALL_COST + Math.floor(bytes / BYTES_PER_FUEL);
    this.#fuel.value -= BigInt(cost);
    const late = this.#run?.budget.lateness();
    if (late !== undefined) throw this.#ended = exhaustedError(late, this.#subject);
    if (this.#fuel.value < 0n && this.#refill() === 1) throw this.#ended;
  }

  /** The memory of the module, which moves when it grows. */
  #view(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer as ArrayBuffer);
    return this.#bytes as Uint8Array<ArrayBuffer>;
  }

  /** Copies text into memory of the module; returns where it is. */
  #write(text: string): [number, number] {
    const bytes = new TextEncoder().encode(text);
    // Every module exports `alloc`.
    const pointer = Number(this.#function("alloc")!(bytes.length)) >>> 0;
    if (pointer === 0) throw memoryError(this.#subject);
    if (pointer + bytes.length > this.memoryBytes) {
      throw this.#wrong(`has an \`alloc\` that returned memory out of its bounds (${pointer})`);
    }
    this.#view().set(bytes, pointer);
    return [pointer, bytes.length];
  }

  #free(pointer: number, length: number): void {
    // Every module exports `dealloc`.
    this.#function("dealloc")!(pointer, length);
  }

  /** The JSON at a place in memory. */
  #read(pointer: number, length: number, what: "result" | "request"): unknown {
    const gave = what === "result" ? "returned a result" : "called Digly with a request";
    if (pointer + length > this.memoryBytes) {
      throw this.#wrong(`${gave} out of the bounds of its memory (${pointer}, ${length} bytes)`);
    }
    if (length > TEXT_BYTES) {
      throw this.#wrong(`${gave} of ${length} bytes, and ${TEXT_BYTES} is the most`);
    }
    const bytes = this.#view().subarray(pointer, pointer + length);
    this.#charge(length);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      throw this.#wrong(`${gave} that is not valid UTF-8`, error);
    }
    const { nesting, mayRound } = inspectJson(text, MOST_NESTING, true);
    if (nesting > MOST_NESTING) {
      throw this.#wrong(`${gave} that nests more than ${MOST_NESTING} levels deep`);
    }
    // A number such as 1e999 becomes infinity, which no text of JSON can hold.
    let isFinite = true;
    const noteInfinity = (_key: string, value: unknown) => {
      if (typeof value === "number" && !Number.isFinite(value)) isFinite = false;
      return value;
    };
    let value: unknown;
    try {
      value = JSON.parse(text, mayRound ? noteInfinity : undefined);
    } catch (error) {
      const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
      throw this.#wrong(`${gave} that is not valid JSON: ${shown}`, error);
    }
    if (!isFinite) throw this.#wrong(`${gave} with a number that is too large`);
    return value;
  }

  #wrong(problem: string, cause?: unknown): DiglyError {
    return codeError("ERR_CODE_RESULT", problem, this.#subject, { cause });
  }

  #imports(): Record<string, Record<string, (...args: never[]) => unknown>> {
    return {
      digly: { call: (pointer: number, length: number) => this.#ask(pointer, length) },
      env: {
        abort: (message: number, file: number, line: number, column: number) => {
          const place = this.#utf16(file);
          const text = this.#utf16(message) || "it aborted";
          throw this.#panic(place === "" ? text : `${text} (${place}:${line}:${column})`);
        },
        seed: () => Math.random() * Number.MAX_SAFE_INTEGER,
      },
      [WASI_MODULE]: wasiFunctions({
        memory: () => this.#view(),
        now: () => this.#run?.listener.now() ?? 0,
        charge: (bytes) => this.#charge(bytes),
        write: (stream, text) => {
          this.#charge(text.length);
          this.#run?.listener.write(stream, text);
        },
        exit: (code) => {
          throw this.#panic(`it exited with code ${code}`);
        },
      }),
    };
  }

  /** `digly.call`: answers a request. */
  #ask(pointer: number, length: number): bigint {
    const request = this.#read(pointer >>> 0, length >>> 0, "request");
    const answer = this.#run?.listener.answer(request, length >>> 0);
    if (answer === undefined) return 0n;
    // It would ask from `alloc` for the memory of its answer again, without an end.
    if (this.#isAnswering) throw this.#wrong("asks Digly for an answer in its `alloc`");
    const text = JSON.stringify(answer);
    this.#charge(text.length);
    this.#isAnswering = true;
    const [at, size] = this.#write(text);
    this.#isAnswering = false;
    return BigInt(at) << 32n | BigInt(size);
  }

  #panic(message: string): DiglyError {
    if (this.#denied.value === 1) return memoryError(this.#subject);
    return panicError(message.slice(0, MOST_MESSAGE), this.#subject);
  }

  /** A string of AssemblyScript, whose length in bytes is before it. */
  #utf16(pointer: number): string {
    const start = pointer >>> 0;
    const bytes = this.#view();
    if (start < 4 || start > bytes.length) return "";
    const length = new DataView(bytes.buffer).getUint32(start - 4, true);
    const end = Math.min(start + length, start + MOST_MESSAGE, bytes.length);
    return new TextDecoder("utf-16le").decode(bytes.subarray(start, end));
  }
}

function instantiate(
  module: CompiledModule,
  imports: WebAssembly.Imports,
  subject: Subject,
): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (error) {
    // The host has no memory left, or data does not fit into the memory of the module.
    if (error instanceof RangeError) throw memoryError(subject, error);
    throw trapError(error, subject);
  }
}

/** A pointer and a length, both unsigned. */
function unpack(packed: bigint): [number, number] {
  return [Number(packed >> 32n & 0xffff_ffffn), Number(packed & 0xffff_ffffn)];
}
