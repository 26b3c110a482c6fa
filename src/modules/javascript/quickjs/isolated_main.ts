/** The `main` of a script that runs in isolates: one for each execution that runs at the same time. */
import { type Context, fail } from "../../../contract/author.ts";
import type { Main } from "../compile.ts";
import { BrokenInterpreter, Interpreter } from "./interpreter.ts";
import { type Failures } from "../isolation/failures.ts";
import { type Answer, dataJson, parseData, ScriptHost } from "../isolation/host.ts";
import type { IsolationLimits } from "../isolation/limits.ts";
import { Isolate } from "./isolate.ts";
import type { Outcome } from "../isolation/outcome.ts";

/** Isolates of a script that are kept for later executions. */
const MOST_IDLE = 8;

/** Executions of all isolated scripts that may wait for calls at the same time. */
const MOST_RUNNING = 1_000;

let running = 0;

/** A script to isolate. */
export interface IsolatedCode {
  readonly code: string;
  readonly urn: string;
  readonly limits: IsolationLimits;
  readonly failures: Failures;
}

/** Compiles the script once, so that its mistakes are found, and gives its `main`. */
export async function isolateMain(script: IsolatedCode): Promise<Main> {
  const isolates = new Isolates(script);
  isolates.add(await isolates.take());
  const { urn, failures } = script;
  return async (input, ctx) => {
    const json = failures.ofData(() => dataJson(urn, input, "input"));
    if (running >= MOST_RUNNING) {
      throw fail("ERR_UNAVAILABLE", {
        problem: `${urn} cannot be executed: ${MOST_RUNNING} isolated scripts run already`,
        executed: "no",
      });
    }
    running++;
    try {
      const isolate = await isolates.take();
      const { outcome, host } = await executeIn(isolate, json, ctx, script);
      isolates.add(isolate);
      if (outcome.type !== "result") throw failures.ofOutcome(outcome, host);
      return failures.ofData(() => parseData(outcome.json, "its result"));
    } finally {
      running--;
    }
  };
}

/** The isolates of one script: each runs one execution at a time. */
class Isolates {
  readonly #script: IsolatedCode;
  readonly #idle: Isolate[] = [];

  constructor(script: IsolatedCode) {
    this.#script = script;
  }

  /** An isolate for one execution. */
  async take(): Promise<Isolate> {
    return this.#idle.pop() ?? await this.#create();
  }

  /** Keeps an isolate whose execution left nothing behind; of another one nothing is used again. */
  add(isolate: Isolate): void {
    if (isolate.isReusable && this.#idle.length < MOST_IDLE) this.#idle.push(isolate);
  }

  async #create(): Promise<Isolate> {
    const { code, urn, limits, failures } = this.#script;
    try {
      const isolate = new Isolate(await Interpreter.create(limits.memory), limits);
      const outcome = isolate.load(code, urn);
      if (outcome.type !== "result") throw await failures.ofLoading(outcome);
      if (outcome.json !== "true") throw failures.withoutMain();
      return isolate;
    } catch (error) {
      throw error instanceof BrokenInterpreter ? failures.ofInterpreter(error) : error;
    }
  }
}

/** Runs one execution to its end, in slices between which it waits for the answers to its calls. */
function executeIn(
  isolate: Isolate,
  input: string | undefined,
  ctx: Context,
  { urn, failures }: IsolatedCode,
): Promise<{ readonly outcome: Outcome; readonly host: ScriptHost }> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let stopListening = () => {};
    const end = (settle: () => void) => {
      isOver = true;
      stopListening();
      settle();
    };
    const advance = (slice: () => Outcome | undefined) => {
      if (isOver) return;
      try {
        const outcome = slice();
        if (outcome !== undefined) end(() => resolve({ outcome, host }));
      } catch (error) {
        end(() =>
          reject(error instanceof BrokenInterpreter ? failures.ofInterpreter(error) : error)
        );
      }
    };
    const host = new ScriptHost(
      ctx,
      (answer: Answer) => advance(() => isolate.continue(answer)),
    );
    advance(() => isolate.start(urn, input, host));
    if (isOver) return;
    // Only an execution that waits can be aborted: while it computes, nothing else runs.
    const { signal } = ctx;
    const abort = () => {
      if (!isOver) end(() => reject(signal.reason));
    };
    stopListening = () => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
