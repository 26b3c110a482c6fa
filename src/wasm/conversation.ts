/** One execution of a controller in WebAssembly: answers what it asks for, and waits for others. */
import { type DiglyError, fail, isDiglyError, messageOf } from "../contract/errors.ts";
import type { Context, Logger } from "../contract/execution.ts";
import { formOf } from "../contract/results.ts";
import type { Budget } from "./budget.ts";
import { codeError, panicError, type Subject } from "./failures.ts";
import type { Guest, Listener, Outcome } from "./guest.ts";
import { readRequest, type Request } from "./requests.ts";

/** The most events and executions that code may ask for before it waits or ends. */
const MOST_EVENTS = 10_000;
const MOST_CALLS = 1_000;
/** The most bytes of them. */
const MOST_BYTES = 64 * 1024 * 1024;

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
      if (line === "") continue;
      if (stream === "stdout") this.#services.log.info(line);
      else this.#services.log.warn(line);
    }
  };

  readonly answer = (value: unknown, bytes: number): unknown => {
    const request = readRequest(value, this.#subject);
    switch (request.op) {
      case "log":
        this.#services.log[request.level](request.message, request.fields);
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
        throw panicError(request.message, this.#subject);
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
    if (outcome === "wait") {
      if (this.#calls.length === 0) {
        throw this.#wrong("waits for executions, and has not asked for any");
      }
      if (!guest.has("resume")) {
        throw this.#wrong("waits for executions, and does not export `resume`");
      }
    } else if (this.#calls.length > 0) {
      const { urn } = this.#calls[0]!.call;
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
    return JSON.stringify(
      await Promise.all(calls.map(async ({ id, call }) => {
        try {
          const value = await ctx.execute(call.urn, call.input);
          const form = formOf(value);
          if (form === "data") return { id, result: value ?? null };
          throw fail("ERR_EXECUTION_FAILED", {
            problem: `the result of ${call.urn} is not data, and WebAssembly can take only data`,
          });
        } catch (error) {
          this.#errors.set(id, error);
          return { id, error: publicError(error) };
        }
      })),
    );
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

  #failureOf({ code, message, status, data }: Extract<Request, { op: "fail" }>): DiglyError {
    const { urn, origin } = this.#subject;
    if (code === undefined) {
      return fail("ERR_EXECUTION_FAILED", { urn, problem: message, chain: [urn] }, {
        origin: origin(),
      });
    }
    const own = fail(code as `${string}.${string}`, {
      problem: message,
      ...(status === undefined ? {} : { status }),
      ...(data === undefined ? {} : { data }),
    });
    // Codes of the runtime are for the runtime.
    if (!code.startsWith("ERR_")) return own;
    return this.#wrong(
      `failed with the code ${code}, which is one of Digly's own`,
      "Use a code of the module, or `rethrow` the error of another execution",
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

/** What the code gets of an error of another execution. */
function publicError(error: unknown): Record<string, unknown> {
  if (!isDiglyError(error)) return { code: "ERR_EXECUTION_FAILED", message: messageOf(error) };
  const { status, data } = error.details as { readonly status?: unknown; readonly data?: unknown };
  return {
    code: error.code,
    message: error.message,
    ...(status === undefined ? {} : { status }),
    ...(data === undefined ? {} : { data }),
  };
}
