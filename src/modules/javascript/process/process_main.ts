/** The `main` of a script that runs in processes: one for each execution that runs at the same time. */
import process from "node:process";
import { type Context, type DiglyError, messageOf } from "../../../contract/author.ts";
import type { Main } from "../compile.ts";
import type { Failures } from "../isolation/failures.ts";
import { dataJson, parseData, ScriptHost } from "../isolation/host.ts";
import type { IsolationLimits } from "../isolation/limits.ts";
import type { Outcome } from "../isolation/outcome.ts";
import type { FromChild } from "./protocol.ts";
import { CHILD_VARIABLE } from "./variable.ts";
import { type Death, ScriptProcess } from "./script_process.ts";

/** Processes of a script that are kept for later executions. */
const MOST_IDLE = 2;

/** Processes of a script that run at the same time; further executions wait for one of them. */
const MOST_RUNNING = 8;

/** Milliseconds that a process may take to start and to load its script. */
const START_TIME = 60_000;

/** A script to run in processes. */
export interface ProcessScript {
  readonly urn: string;
  /** The code, or the URL of the file. */
  readonly code: string | undefined;
  readonly url: string | undefined;
  readonly limits: IsolationLimits;
  readonly failures: Failures;
  /** The error of a script without a function `main`, but with others. */
  readonly withoutMain: (names: readonly string[]) => DiglyError;
}

/** The script, and what ends its processes. */
export interface StartedScript {
  readonly main: Main;
  teardown(): void;
}

/** Starts a first process, so that mistakes of the script are found. */
export async function startScript(script: ProcessScript): Promise<StartedScript> {
  const { urn, failures } = script;
  // A program that does not know the variable would start itself without end.
  if (process.env[CHILD_VARIABLE] !== undefined) {
    throw failures.ofProcess("a script process cannot start another one");
  }
  const processes = new Processes(script);
  processes.add(await processes.start());
  return {
    async main(input, ctx) {
      const json = failures.ofData(() => dataJson(urn, input, "input"));
      const { outcome, host } = await processes.run(ctx, (one) => execute(one, json, ctx, script));
      if (outcome.type !== "result") throw failures.ofOutcome(outcome, host);
      return failures.ofData(() => parseData(outcome.json, "its result"));
    },
    teardown: () => processes.end(),
  };
}

/** The processes of one script. */
class Processes {
  readonly #script: ProcessScript;
  readonly #idle: ScriptProcess[] = [];
  readonly #all = new Set<ScriptProcess>();
  readonly #waiting: (() => void)[] = [];
  /** Spans of the executions that run: what they execute must not wait for them. */
  readonly #spans = new Set<string>();
  #hasEnded = false;

  constructor(script: ProcessScript) {
    this.#script = script;
  }

  /** Runs `work` in a process of its own, once there is one. */
  async run<T>(ctx: Context, work: (one: ScriptProcess) => Promise<T>): Promise<T> {
    while (this.#spans.size >= MOST_RUNNING && !this.#isNested(ctx)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      ctx.signal.throwIfAborted();
    }
    const { spanId } = ctx;
    this.#spans.add(spanId);
    try {
      const one = this.#idle.pop() ?? await this.start();
      try {
        return await work(one);
      } finally {
        this.add(one);
      }
    } finally {
      this.#spans.delete(spanId);
      this.#waiting.shift()?.();
    }
  }

  /** Keeps a process for later, unless it has ended or there are enough. */
  add(one: ScriptProcess): void {
    if (one.isAlive && this.#idle.length < MOST_IDLE && !this.#hasEnded) this.#idle.push(one);
    else this.#kill(one);
  }

  async start(): Promise<ScriptProcess> {
    const { urn, code, url, limits, failures, withoutMain } = this.#script;
    const one = new ScriptProcess();
    this.#all.add(one);
    const loaded = await new Promise<FromChild | Death | "late">((resolve) => {
      const timer = setTimeout(() => resolve("late"), START_TIME);
      const settle = (answer: FromChild | Death) => {
        clearTimeout(timer);
        resolve(answer);
      };
      one.listen({ onMessage: settle, onDeath: settle });
      one.send({ type: "load", urn, code, url, parent: process.pid, memory: limits.memory });
    });
    one.listen({ onMessage() {}, onDeath: () => this.#kill(one) });
    if (typeof loaded === "object" && "type" in loaded && loaded.type === "loaded") return one;
    this.#kill(one);
    if (loaded === "late") throw failures.ofProcess("its process was not ready after 60 s");
    if (!("type" in loaded)) {
      throw loaded.isMemory
        ? failures.ofOutcome({ type: "memory" })
        : failures.ofProcess(loaded.problem);
    }
    if (loaded.type === "noMain") throw withoutMain(loaded.names);
    if (loaded.type === "end") throw await failures.ofLoading(loaded.outcome);
    throw failures.ofProcess("its process did not load the script");
  }

  /** Ends all processes. */
  end(): void {
    this.#hasEnded = true;
    for (const one of [...this.#all]) this.#kill(one);
  }

  #isNested(ctx: Context): boolean {
    for (let one = ctx.parent; one !== undefined; one = one.parent) {
      if (this.#spans.has(one.spanId)) return true;
    }
    return false;
  }

  #kill(one: ScriptProcess): void {
    one.kill();
    this.#all.delete(one);
    const index = this.#idle.indexOf(one);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}

interface Ended {
  readonly outcome: Outcome;
  readonly host: ScriptHost;
}

/** Runs one execution in a process, which is killed at its limit, or when the execution is aborted. */
function execute(
  one: ScriptProcess,
  input: string | undefined,
  ctx: Context,
  { urn, limits, failures }: ProcessScript,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let calls = 0;
    let remaining = limits.time;
    let since = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { signal } = ctx;
    const end = (settle: () => void, isReusable: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      one.listen(undefined);
      if (!isReusable) one.kill();
      settle();
    };
    const abort = () => end(() => reject(signal.reason), false);
    // The time that it waits for calls does not count.
    const count = () => {
      since = performance.now();
      timer = setTimeout(() => {
        end(() => resolve({ outcome: { type: "time" }, host }), false);
      }, remaining);
    };
    const host = new ScriptHost(ctx, (answer) => {
      if (--calls === 0 && one.isAlive) count();
      one.send({ type: "answer", ...answer });
    });
    const receive = (message: FromChild) => {
      switch (message.type) {
        case "call":
          if (calls++ === 0) {
            clearTimeout(timer);
            remaining -= performance.now() - since;
          }
          try {
            host.call(message.id, message.urn, message.input);
          } catch (error) {
            host.refuse(message.id, error);
          }
          break;
        case "log":
          try {
            host.log(message.level, message.message, message.fields);
          } catch (error) {
            ctx.log.warn(messageOf(error));
          }
          break;
        case "end":
          // What it has not awaited would continue in the next execution.
          end(() => resolve({ outcome: message.outcome, host }), calls === 0);
      }
    };
    const onDeath = ({ isMemory, problem }: Death) => {
      if (isMemory) end(() => resolve({ outcome: { type: "memory" }, host }), false);
      else end(() => reject(failures.ofProcess(problem)), false);
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    count();
    one.listen({ onMessage: receive, onDeath });
    one.send({ type: "run", urn, input });
  });
}
