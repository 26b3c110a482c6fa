/** How an execution of an isolated script ended. */
import type { ErrorJson } from "../../../contract/author.ts";

/** What a script threw, as it comes out of its isolation. */
export interface Thrown {
  /**
   * An error; one of a call, whose number is `call`; one about data that is not JSON; one with a
   * code, from a process; another value; or what could not even be described.
   */
  readonly type: "error" | "call" | "result" | "coded" | "value" | "unreadable";
  readonly error?: ErrorJson;
  readonly call?: number | undefined;
  readonly isError?: boolean | undefined;
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly stack?: string | undefined;
  /** The value, if it was a string, and otherwise its type in `of`. */
  readonly value?: string | undefined;
  readonly of?: string | undefined;
}

/** How an execution ended; `stuck` is one that waits for something that cannot happen. */
export type Outcome =
  | { readonly type: "result"; readonly json: string | undefined }
  | { readonly type: "thrown"; readonly thrown: Thrown }
  | { readonly type: "time" | "memory" | "stuck" };

const TYPES: readonly unknown[] = ["error", "call", "result", "value"] satisfies Thrown["type"][];

/** Reads what was thrown from text that a script may have tampered with. */
export function readThrown(json: string | undefined): Thrown {
  let value: unknown;
  try {
    value = JSON.parse(json ?? "");
  } catch {
    return { type: "unreadable" };
  }
  if (typeof value !== "object" || value === null) return { type: "unreadable" };
  const fields = value as Record<string, unknown>;
  if (!TYPES.includes(fields["type"])) return { type: "unreadable" };
  const text = (name: string) => {
    const field = fields[name];
    return typeof field === "string" ? field : undefined;
  };
  const { call } = fields;
  return {
    type: fields["type"] as Thrown["type"],
    call: typeof call === "number" ? call : undefined,
    isError: fields["isError"] === true,
    name: text("name"),
    message: text("message"),
    stack: text("stack"),
    value: text("value"),
    of: text("of"),
  };
}

/** The outcome of an execution that threw; without memory, QuickJS throws an error of its own. */
export function thrownOutcome(thrown: Thrown): Outcome {
  const isMemory = thrown.type === "error" && thrown.name === "InternalError" &&
    thrown.message === "out of memory";
  return isMemory ? { type: "memory" } : { type: "thrown", thrown };
}
