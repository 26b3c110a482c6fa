/** The context of an execution in a process, and the calls that it makes. */
import {
  type DiglyError,
  fail,
  type FailOptions,
  formOf,
  messageOf,
  type ModuleErrorCode,
  resultJson,
} from "../../../contract/author.ts";
import type { Answer, LogLevel } from "../isolation/host.ts";
import type { FromChild } from "./protocol.ts";

/** Something that should cross to the parent is not JSON. */
export class DataError extends Error {}

/** What `main` gets as `ctx`. */
export interface ChildContext {
  readonly urn: string;
  readonly log: Readonly<Record<LogLevel, (message: string, fields?: unknown) => void>>;
  fail(code: string, message: string, options?: FailOptions): DiglyError;
  execute(urn: string, input?: unknown): Promise<unknown>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The calls of one execution. */
export class ChildCalls {
  readonly context: ChildContext;
  readonly #send: (message: FromChild) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #failed = new WeakMap<object, number>();
  #next = 0;

  constructor(urn: string, send: (message: FromChild) => void) {
    this.#send = send;
    const log = (level: LogLevel) => (message: string, fields?: unknown) =>
      send({
        type: "log",
        level,
        message: String(message),
        fields: this.toJson(fields, "the fields of a log line"),
      });
    this.context = Object.freeze({
      urn,
      log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
      fail: (code: string, message: string, options: FailOptions = {}) =>
        fail(code as ModuleErrorCode, { problem: message, ...options }, { cause: options.cause }),
      execute: (name: string, input?: unknown) => this.#execute(name, input),
    });
  }

  /** The call whose error it is. */
  callOf(error: unknown): number | undefined {
    return typeof error === "object" && error !== null ? this.#failed.get(error) : undefined;
  }

  /** A value as JSON. Throws {@link DataError} for what is not data. */
  toJson(value: unknown, subject: string): string | undefined {
    if (value === undefined) return undefined;
    try {
      if (formOf(value) !== "data") throw new Error("it is not data");
      return resultJson(this.context.urn, value, "value", undefined, subject);
    } catch (error) {
      throw new DataError(messageOf(error).replace(/^Executing \S+ failed: /, ""));
    }
  }

  answer({ id, isOk, json }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const value: unknown = json === undefined ? undefined : JSON.parse(json);
    if (isOk) return waiting?.resolve(value);
    const { message, ...rest } = value as { readonly message: string };
    const error = Object.assign(new Error(message), { name: "DiglyError" }, rest);
    this.#failed.set(error, id);
    waiting?.reject(error);
  }

  async #execute(urn: string, input: unknown): Promise<unknown> {
    if (typeof urn !== "string") {
      throw new TypeError("ctx.execute needs the name of a resource, a string");
    }
    const json = this.toJson(input, `the input of ${urn}`);
    const id = ++this.#next;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ type: "call", id, urn, input: json });
    });
  }
}
