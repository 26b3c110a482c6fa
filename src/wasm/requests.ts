/** What code asks for with `digly.call`: `{ "op": "log", … }`. */
import { isErrorStatus } from "../contract/errors.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { codeError, type Subject } from "./failures.ts";

/** The most characters of a name: errors repeat it. */
const MOST_NAME = 1_000;

/** The levels of log lines. */
const LEVELS = ["debug", "info", "warn", "error"] as const;

/** A request that was read. */
export type Request =
  | {
    readonly op: "log";
    readonly level: (typeof LEVELS)[number];
    readonly message: string;
    readonly fields: Record<string, unknown> | undefined;
  }
  | { readonly op: "emit"; readonly event: string; readonly payload: unknown }
  | { readonly op: "execute"; readonly urn: string; readonly input: unknown }
  | {
    readonly op: "fail";
    readonly code: string | undefined;
    readonly message: string;
    readonly status: number | undefined;
    readonly data: unknown;
  }
  | { readonly op: "rethrow"; readonly id: number }
  | { readonly op: "panic"; readonly message: string }
  | { readonly op: "context" };

type Fields = Readonly<Record<string, unknown>>;

const OPS: Readonly<Record<Request["op"], (fields: Fields, read: FieldReader) => Request>> = {
  log: (fields, { string, oneOf, map }) => ({
    op: "log",
    level: fields["level"] === undefined ? "info" : oneOf("level", LEVELS),
    message: string("message"),
    fields: fields["fields"] === undefined ? undefined : map("fields"),
  }),
  emit: (fields, { name }) => ({
    op: "emit",
    event: name("event"),
    payload: fields["payload"],
  }),
  execute: (fields, { name }) => ({
    op: "execute",
    urn: name("urn"),
    input: fields["input"],
  }),
  fail: (fields, { string, name, status }) => ({
    op: "fail",
    code: fields["code"] === undefined ? undefined : name("code"),
    message: string("message"),
    status: fields["status"] === undefined ? undefined : status("status"),
    data: fields["data"],
  }),
  rethrow: (_fields, { integer }) => ({ op: "rethrow", id: integer("id") }),
  panic: (_fields, { string }) => ({ op: "panic", message: string("message") }),
  context: () => ({ op: "context" }),
};

/** Reads fields of a request; each throws `ERR_CODE_RESULT` for a wrong one. */
interface FieldReader {
  string(name: string): string;
  /** A string of the length that names have. */
  name(name: string): string;
  integer(name: string): number;
  /** The HTTP status of an error. */
  status(name: string): number;
  map(name: string): Record<string, unknown>;
  oneOf<const Word extends string>(name: string, words: readonly Word[]): Word;
}

/** The request in a value that code has given. Throws `ERR_CODE_RESULT`. */
export function readRequest(value: unknown, subject: Subject): Request {
  const wrong = (problem: string, help?: string) =>
    codeError("ERR_CODE_RESULT", `called Digly with a request ${problem}`, subject, { help });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong("that is not an object", 'Write { "op": "log", "message": "…" }, for instance');
  }
  const fields = value as Fields;
  const op = fields["op"];
  const known = Object.keys(OPS);
  if (typeof op !== "string" || !Object.hasOwn(OPS, op)) {
    const near = typeof op === "string" ? nearest(op, known) : undefined;
    throw wrong(
      op === undefined ? "without `op`" : `whose \`op\` is ${shown(op)}, which does not exist`,
      near === undefined ? `The operations are ${known.join(", ")}` : `Did you mean "${near}"?`,
    );
  }
  const name = op as Request["op"];
  function expect<T>(field: string, what: string, test: (value: unknown) => boolean): T {
    const found = fields[field];
    if (test(found)) return found as T;
    const problem = found === undefined
      ? `\`${name}\` without \`${field}\``
      : `\`${name}\` whose \`${field}\` is ${shown(found)}`;
    throw wrong(problem, `\`${field}\` must be ${what}`);
  }
  return OPS[name](fields, {
    string: (field) => expect(field, "a string", (found) => typeof found === "string"),
    name: (field) =>
      expect(
        field,
        `a string of ${MOST_NAME} characters at most`,
        (found) => typeof found === "string" && found.length <= MOST_NAME,
      ),
    integer: (field) => expect(field, "an integer", Number.isSafeInteger),
    status: (field) => expect(field, "the status of an error, from 400 to 599", isErrorStatus),
    map: (field) =>
      expect(
        field,
        "an object",
        (found) => typeof found === "object" && found !== null && !Array.isArray(found),
      ),
    oneOf: (field, words) =>
      expect(field, `one of ${words.join(", ")}`, (found) => words.includes(found as never)),
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
