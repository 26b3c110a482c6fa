/** One execution of a controller in WebAssembly: answers what it asks for, and waits for others. */
import {
  type DiglyError,
  fail,
  isDiglyError,
  isModuleErrorCode,
  messageOf,
} from "../contract/errors.ts";
import type { Context, Logger } from "../contract/execution.ts";
import { resultJson } from "../contract/result_json.ts";
import { formOf } from "../contract/results.ts";
import type { Budget } from "./budget.ts";
import { codeError, memoryError, panicError, type Subject } from "./failures.ts";
import type { Guest, Listener, Outcome } from "./guest.ts";
import { readRequest, type Request } from "./requests.ts";

/** The most events and executions that code may ask for before it waits or ends. */
const MOST_EVENTS = 10_000;
const MOST_CALLS = 1_000;
/** The most bytes of them. */
const MOST_BYTES = 64 * 1024 * 1024;
/** The most log lines of one execution, and the most bytes of them. */
const MOST_LINES = 1_000;
const MOST_LINE_BYTES = 16 * 1024 * 1024;
/** The longest message of an error. */
const MOST_MESSAGE = 16_384;

/** What code may use while it runs: everything for an execution, less in `create`. */
export interface Services {
  readonly log: Logger;
  readonly emit: (event: string, payload: unknown) => Promise<void>;
  readonly now: () => number;
  /** Undefined in `create`, where nothing can be executed yet. */
  readonly execution: Context | undefined;
}

type Call = Extract<Request, { op: "execute" }>;

/** What the code asks for while it runs. */
export class Conversation implements Listener {
  readonly #subject: Subject;
  readonly #services: Services;
  #events: Extract<Request, { op: "emit" }>[] = [];
  #calls: { readonly id: number; readonly call: Call }[] = [];
  #bytes = 0;
  #lines = 0;
  #lineBytes = 0;
  #lastId = 0;
  #errors = new Map<number, unknown>();
  /** The failure that the code has reported: what it returns afterwards does not matter. */
  #failure: DiglyError | undefined;

  constructor(subject: Subject, services: Services) {
    this.#subject = subject;
    this.#services = services;
  }

  readonly now = (): number => this.#services.now();

  readonly write = (stream: "stdout" | "stderr", text: string): void => {
    for (const line of text.split("\n")) {
      if (line !== "") this.#log(stream === "stdout" ? "info" : "warn", line, line.length);
    }
  };

  readonly answer = (value: unknown, bytes: number): unknown => {
    const request = readRequest(value, this.#subject);
    switch (request.op) {
      case "log":
        this.#log(request.level, request.message, bytes, request.fields);
        return undefined;
      case "emit":
        this.#count(this.#events.push(request), MOST_EVENTS, "events", bytes);
        return undefined;
      case "execute":
        return this.#ask(request, bytes);
      case "fail":
        this.#failure = this.#failureOf(request);
        return undefined;
      case "rethrow":
        this.#failure = this.#errorOf(request.id);
        return undefined;
      case "panic":
        throw panicError(request.message.slice(0, MOST_MESSAGE), this.#subject);
      case "context":
        return this.#context();
    }
  };

  /** Calls the code; a failure that it has reported is thrown. */
  call(
    guest: Guest,
    name: "create" | "execute" | "resume",
    json: string,
    budget: Budget,
  ): Outcome {
    let outcome: Outcome;
    try {
      outcome = guest.call(name, json, budget, this);
    } catch (error) {
      throw this.#failure ?? error;
    }
    if (this.#failure !== undefined) throw this.#failure;
    const [waiting] = this.#calls;
    if (outcome === "wait") {
      if (waiting === undefined) {
        throw this.#wrong("waits for executions, and has not asked for any");
      }
      if (!guest.has("resume")) {
        throw this.#wrong("waits for executions, and does not export `resume`");
      }
    } else if (waiting !== undefined) {
      const { urn } = waiting.call;
      throw this.#wrong(
        `returned a result although it has asked to execute ${urn}`,
        "Return -1 to wait, and return the result from `resume`",
      );
    }
    return outcome;
  }

  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  /** Emits what the code has asked for, in order. */
  async emitEvents(): Promise<void> {
    const events = this.#events;
    this.#events = [];
    for (const { event, payload } of events) await this.#services.emit(event, payload);
  }

  /** Executes what the code has asked for, all at once; resolves with the answers as JSON. */
  async runCalls(ctx: Context): Promise<string> {
    const calls = this.#calls;
    this.#calls = [];
    this.#bytes = 0;
    this.#errors.clear();
    let length = 0;
    const answers = await Promise.all(calls.map(async ({ id, call }) => {
      let answer: string;
      try {
        answer = `{"id":${id},"result":${
          dataJson(call.urn, await ctx.execute(call.urn, call.input))
        }}`;
      } catch (error) {
        this.#errors.set(id, error);
        answer = `{"id":${id},"error":${publicError(error)}}`;
      }
      length += answer.length;
      // The code could not take them anyway, and the host must not collect without a limit.
      if (length > this.#subject.limits.memory) throw memoryError(this.#subject);
      return answer;
    }));
    return `[${answers.join()}]`;
  }

  /** Writes a log line, unless there were too many. */
  #log(
    level: keyof Logger,
    message: string,
    bytes: number,
    fields?: Record<string, unknown>,
  ): void {
    const { log } = this.#services;
    if (this.#lines > MOST_LINES || this.#lineBytes > MOST_LINE_BYTES) return;
    this.#lines++;
    this.#lineBytes += bytes;
    if (this.#lines > MOST_LINES || this.#lineBytes > MOST_LINE_BYTES) {
      log.warn(
        `More than ${MOST_LINES} log lines of one execution, or more than 16 MiB of them, are not written`,
      );
    } else log[level](message, fields);
  }

  #ask(call: Call, bytes: number): { readonly id: number } {
    if (this.#services.execution === undefined) {
      throw this.#wrong(`asks in \`create\` to execute ${call.urn}`, "Do it in `execute`");
    }
    const id = ++this.#lastId;
    this.#count(this.#calls.push({ id, call }), MOST_CALLS, "executions", bytes);
    return { id };
  }

  #count(count: number, most: number, what: string, bytes: number): void {
    this.#bytes += bytes;
    if (count > most) throw this.#wrong(`asks for more than ${most} ${what} at once`);
    if (this.#bytes > MOST_BYTES) {
      throw this.#wrong(`asks for more than ${MOST_BYTES} bytes at once`);
    }
  }

  #failureOf(request: Extract<Request, { op: "fail" }>): DiglyError {
    const { code, status, data } = request;
    const { urn, origin } = this.#subject;
    const problem = request.message.slice(0, MOST_MESSAGE);
    if (code === undefined) {
      return fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, { origin: origin() });
    }
    if (isModuleErrorCode(code)) {
      return fail(code, {
        problem,
        ...(status === undefined ? {} : { status }),
        ...(data === undefined ? {} : { data }),
      });
    }
    return code.startsWith("ERR_")
      ? this.#wrong(
        `failed with the code ${code}, which is one of Digly's own`,
        "Use a code of the module, or `rethrow` the error of another execution",
      )
      : this.#wrong(
        `failed with the code ${JSON.stringify(code)}, which is not a code`,
        "Write the name of the module and that of the error, such as Order.NotFound",
      );
  }

  #errorOf(id: number): DiglyError {
    const error = this.#errors.get(id);
    if (isDiglyError(error)) return error;
    if (error !== undefined) return fail("ERR_EXECUTION_FAILED", { problem: messageOf(error) });
    return this.#wrong(`rethrows the error of execution ${id}, which has none`);
  }

  #context(): Record<string, unknown> {
    const { execution, now } = this.#services;
    return {
      urn: this.#subject.urn,
      now: now(),
      depth: execution?.depth ?? 0,
      deadline: execution?.deadline ?? null,
      ...(execution === undefined ? {} : { traceId: execution.traceId }),
    };
  }

  #wrong(problem: string, help?: string): DiglyError {
    return codeError("ERR_CODE_RESULT", problem, this.#subject, { help });
  }
}

/** A result as JSON. Throws for what is not data. */
function dataJson(urn: string, value: unknown): string {
  if (formOf(value) === "data") return resultJson(urn, value, "result");
  throw fail("ERR_EXECUTION_FAILED", {
    problem: `the result of ${urn} is not data, and WebAssembly can take only data`,
  });
}

/** What the code gets of an error of another execution, as JSON. */
function publicError(error: unknown): string {
  if (!isDiglyError(error)) {
    return JSON.stringify({ code: "ERR_EXECUTION_FAILED", message: messageOf(error) });
  }
  const { code, message } = error;
  const { status, data } = error.details as { readonly status?: unknown; readonly data?: unknown };
  try {
    return JSON.stringify({ code, message, status, data });
  } catch {
    // The data cannot be written as JSON.
    return JSON.stringify({ code, message, status });
  }
}
