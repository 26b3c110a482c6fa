/** What an isolated script may ask of the app: to execute resources, and to write log lines. */
import {
  type Context,
  formOf,
  inspectJson,
  isDiglyError,
  messageOf,
  resultJson,
} from "../../../contract/author.ts";

/** The answer to a call. */
export interface Answer {
  readonly id: number;
  readonly isOk: boolean;
  /** The result, or what the script gets to know of the error. */
  readonly json: string | undefined;
}

/** What an execution may ask of its host. */
export interface Host {
  /** Begins a call, which is answered later. Throws what the script gets as its error at once. */
  call(id: number, urn: string, input: string | undefined): void;
  log(level: LogLevel, message: string, fields: string | undefined): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** The most text of inputs, results and answers that crosses at once. */
const MOST_TEXT = 16 * 1024 * 1024;

/** How deep data may nest: what reads it later may be recursive. */
const MOST_NESTING = 500;

/** Calls of one execution that may wait for their answer. */
const MOST_CALLS = 100;

/** Log lines of one execution. */
const MOST_LINES = 1_000;

/** The host of one execution. */
export class ScriptHost implements Host {
  readonly #ctx: Context;
  readonly #answer: (answer: Answer) => void;
  readonly #errors = new Map<number, unknown>();
  #calls = 0;
  #text = 0;
  #lines = 0;

  constructor(ctx: Context, answer: (answer: Answer) => void) {
    this.#ctx = ctx;
    this.#answer = answer;
  }

  call(id: number, urn: string, input: string | undefined): void {
    const size = input?.length ?? 0;
    if (this.#calls >= MOST_CALLS) {
      throw new Error(`More than ${MOST_CALLS} calls wait for their results at once`);
    }
    if (this.#text + size > MOST_TEXT) {
      throw new Error("The inputs of calls that wait for their results are larger than 16 MiB");
    }
    const value = parseData(input, "The input of a call");
    this.#calls++;
    this.#text += size;
    void this.#execute(urn, value).then(
      (json) => ({ id, isOk: true, json }),
      (error: unknown) => {
        this.#errors.set(id, error);
        return { id, isOk: false, json: describeError(error) };
      },
    ).then((answer) => {
      this.#calls--;
      this.#text -= size;
      this.#answer(answer);
    });
  }

  /** Answers a call with an error, where it cannot be thrown. */
  refuse(id: number, error: unknown): void {
    this.#errors.set(id, error);
    this.#answer({ id, isOk: false, json: describeError(error) });
  }

  /** The error that a call has failed with. */
  errorOf(id: number): unknown {
    return this.#errors.get(id);
  }

  log(level: LogLevel, message: string, fields: string | undefined): void {
    const { log } = this.#ctx;
    if (++this.#lines > MOST_LINES) {
      if (this.#lines === MOST_LINES + 1) {
        log.warn(`More than ${MOST_LINES} log lines of one execution are not written`);
      }
      return;
    }
    const value = parseData(fields, "The fields of a log line");
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    log[level](
      message,
      value === undefined || isMap ? value as Record<string, unknown> : { value },
    );
  }

  /** The script that calls is suspended first: nothing runs inside of the interpreter's call. */
  async #execute(urn: string, input: unknown): Promise<string | undefined> {
    await Promise.resolve();
    const result = await this.#ctx.execute(urn, input);
    return dataJson(urn, result, "result");
  }
}

/** A value as JSON for a script; `undefined` stays what it is. Throws for what is not data. */
export function dataJson(
  urn: string,
  value: unknown,
  root: "input" | "result",
): string | undefined {
  if (value === undefined) return undefined;
  const form = formOf(value);
  if (form !== "data") {
    throw new Error(
      `the ${root} of ${urn} is ${FORMS[form]}, and an isolated script takes data only`,
    );
  }
  const json = resultJson(urn, value, root, undefined, `its ${root}`);
  if (json.length <= MOST_TEXT) return json;
  throw new Error(
    `the ${root} of ${urn} is larger than 16 MiB, which an isolated script cannot take`,
  );
}

const FORMS = {
  bytes: "binary data",
  items: "a stream",
  stream: "a stream",
  response: "a response",
} as const;

/** The value of JSON that a script gave. Throws an error that `subject` begins. */
export function parseData(json: string | undefined, subject: string): unknown {
  if (json === undefined) return undefined;
  if (json.length > MOST_TEXT) throw new Error(`${subject} is larger than 16 MiB`);
  const { nesting } = inspectJson(json, MOST_NESTING, false);
  if (nesting > MOST_NESTING) {
    throw new Error(`${subject} nests deeper than ${MOST_NESTING} levels`);
  }
  return JSON.parse(json);
}

/** What a script may know of an error. */
function describeError(error: unknown): string {
  if (!isDiglyError(error)) return JSON.stringify({ message: messageOf(error) });
  const { code, message, help } = error;
  const { data } = error.details as { readonly data?: unknown };
  try {
    return JSON.stringify({ code, message, help, data });
  } catch {
    return JSON.stringify({ code, message, help });
  }
}
