/** A script in an interpreter of its own: one execution at a time, and data in and out as JSON. */
import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten-core";
import type { IsolationLimits } from "../isolation/limits.ts";
import type { Interpreter } from "./interpreter.ts";
import { GUEST } from "./guest.ts";
import type { Answer, Host, LogLevel } from "../isolation/host.ts";
import { type Outcome, readThrown, thrownOutcome } from "../isolation/outcome.ts";

/** Lines before the code, as many as `new Function` adds, so that places are the same. */
const BEFORE = "(function () {\n\n";
const AFTER = '\n;return typeof main === "undefined" ? undefined : main;\n})';

/** Milliseconds that evaluating the code may take at least, since it is not an execution. */
const LOAD_TIME = 5_000;

/** The part of its memory with which a script has run out of it. */
const FULL = 0.8;

type Evaluated = ReturnType<QuickJSContext["evalCode"]>;

/** A script that is ready to run. */
export class Isolate {
  readonly #interpreter: Interpreter;
  readonly #context: QuickJSContext;
  readonly #limits: IsolationLimits;
  readonly #guest = new Map<"load" | "run" | "answer", QuickJSHandle>();
  #host: Host | undefined;
  #settled: Outcome | undefined;
  /** Milliseconds that the execution may still compute. */
  #remaining = 0;
  /** When it must have ended to compute, by `performance.now()`. */
  #end = 0;
  /** Calls that are not answered. */
  #calls = 0;

  constructor(interpreter: Interpreter, limits: IsolationLimits) {
    this.#interpreter = interpreter;
    this.#context = interpreter.context;
    this.#limits = limits;
  }

  /** Evaluates the code, which defines `main`: the result is whether it does. */
  load(code: string, urn: string): Outcome {
    const context = this.#context;
    this.#begin(undefined, Math.max(this.#limits.time, LOAD_TIME));
    const outcome = this.#slice(() => {
      const guest = this.#value(context.evalCode(GUEST, "digly"));
      const functions = guest &&
        this.#value(context.callFunction(guest, context.undefined, ...this.#hostFunctions()));
      if (functions === undefined) return;
      for (const name of ["load", "run", "answer"] as const) {
        this.#guest.set(name, context.getProp(functions, name));
      }
      const define = this.#value(context.evalCode(BEFORE + code + AFTER, urn));
      if (define !== undefined) this.#call("load", define);
    });
    return outcome ?? { type: "stuck" };
  }

  /** Begins an execution; its outcome, unless it waits for answers. */
  start(urn: string, input: string | undefined, host: Host): Outcome | undefined {
    this.#begin(host, this.#limits.time);
    return this.#slice(() => this.#callWithTexts("run", JSON.stringify(urn), input));
  }

  /** Continues an execution with the answer to one of its calls. */
  continue({ id, isOk, json }: Answer): Outcome | undefined {
    const context = this.#context;
    this.#calls--;
    return this.#slice(() => {
      const number = context.newNumber(id);
      this.#callWithTexts("answer", number, isOk ? context.true : context.false, json);
    });
  }

  /** True if it can run another execution: the last one left nothing that would continue in it. */
  get isReusable(): boolean {
    return this.#interpreter.isUsable && this.#settled?.type === "result" && this.#calls === 0 &&
      !this.#context.runtime.hasPendingJob();
  }

  #begin(host: Host | undefined, time: number): void {
    this.#host = host;
    this.#settled = undefined;
    this.#remaining = time;
    this.#calls = 0;
  }

  /** Runs `work` and the jobs that it leaves, one by one, so that none runs after the result. */
  #slice(work: () => void): Outcome | undefined {
    this.#end = performance.now() + this.#remaining;
    const { runtime } = this.#context;
    this.#interpreter.runUntil(this.#end, () => {
      work();
      while (this.#settled === undefined && runtime.hasPendingJob() && !this.#isLate) {
        const done = runtime.executePendingJobs(1);
        if (done.error) this.#settled = this.#failure(done.error);
      }
    });
    // Some steps are long: what ends after the time is late, whatever it gives.
    if (this.#isLate) return { type: "time" };
    this.#remaining = this.#end - performance.now();
    if (this.#settled !== undefined) return this.#recognizeMemory(this.#settled);
    return this.#calls === 0 ? { type: "stuck" } : undefined;
  }

  /** Where there is no memory for an error either, QuickJS throws null. */
  #recognizeMemory(outcome: Outcome): Outcome {
    if (outcome.type !== "thrown") return outcome;
    const { type, of } = outcome.thrown;
    if (type !== "unreadable" && of !== "null") return outcome;
    return this.#interpreter.usedBytes() > FULL * this.#limits.memory
      ? { type: "memory" }
      : outcome;
  }

  get #isLate(): boolean {
    return performance.now() >= this.#end;
  }

  /** The functions with which the guest reaches the host, in the order of its parameters. */
  #hostFunctions(): QuickJSHandle[] {
    const context = this.#context;
    const textOf = (handle: QuickJSHandle): string | undefined =>
      context.typeof(handle) === "string" ? context.getString(handle) : undefined;
    const stringOf = (handle: QuickJSHandle): string => String(JSON.parse(textOf(handle) ?? ""));
    const functions = {
      settle: (isOk: QuickJSHandle, text: QuickJSHandle) => {
        if (this.#settled !== undefined) return;
        this.#settled = context.sameValue(isOk, context.true)
          ? { type: "result", json: textOf(text) }
          : thrownOutcome(readThrown(textOf(text)));
      },
      send: (id: QuickJSHandle, urn: QuickJSHandle, input: QuickJSHandle) => {
        if (this.#isLate || this.#host === undefined) return;
        this.#host.call(context.getNumber(id), stringOf(urn), textOf(input));
        this.#calls++;
      },
      write: (level: QuickJSHandle, message: QuickJSHandle, fields: QuickJSHandle) => {
        if (this.#isLate || this.#host === undefined) return;
        this.#host.log(textOf(level) as LogLevel, stringOf(message), textOf(fields));
      },
    };
    return Object.entries(functions).map(([name, body]) =>
      context.newFunction(name, body as (...args: QuickJSHandle[]) => void)
    );
  }

  #callWithTexts(
    name: "run" | "answer",
    ...args: readonly (QuickJSHandle | string | undefined)[]
  ): void {
    const context = this.#context;
    const handles = args.map((arg) =>
      arg === undefined ? context.undefined : typeof arg === "string" ? context.newString(arg) : arg
    );
    this.#call(name, ...handles);
    for (const handle of handles) handle.dispose();
  }

  #call(name: "load" | "run" | "answer", ...args: QuickJSHandle[]): void {
    const result = this.#context.callFunction(
      // The guest defines these three functions.
      this.#guest.get(name)!,
      this.#context.undefined,
      ...args,
    );
    if (result.error) this.#settled ??= this.#failure(result.error);
    else result.value.dispose();
  }

  #value(result: Evaluated): QuickJSHandle | undefined {
    if (!result.error) return result.value;
    this.#settled = this.#failure(result.error);
    return undefined;
  }

  /** An error of the interpreter, which the guest did not catch: there was no memory to do so. */
  #failure(error: QuickJSHandle): Outcome {
    const context = this.#context;
    const read = (name: string): string | undefined => {
      const property = context.getProp(error, name);
      const text = context.typeof(property) === "string" ? context.getString(property) : undefined;
      property.dispose();
      return text;
    };
    const thrown = { name: read("name"), message: read("message"), stack: read("stack") };
    error.dispose();
    return thrownOutcome({ type: "error", isError: true, ...thrown });
  }
}
