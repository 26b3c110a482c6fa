/** The errors of PostgreSQL and of its driver (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import { SqlError, unavailable } from "./sql_error.ts";

/** What the driver throws for an error of the server. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity_local: string;
  /** Counted in characters, from 1. */
  readonly position?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly table_name?: string;
}

/** Classes of codes that mean: not now, perhaps later. */
const UNAVAILABLE_CLASSES = [
  "08", // connection exceptions
  "28", // authentication failed
  "3D", // the database does not exist
  "40", // rolled back because of other transactions
  "53", // insufficient resources
  "57", // operator intervention: the server stops or starts
  "58", // errors of the system
];
/** Those that do not pass by themselves, with what to do about them. */
const LASTING_CLASSES: ReadonlyMap<string, string> = new Map([
  ["28", "Correct the user and the password in `url`, or allow them on the server"],
  ["3D", "Create the database, or correct its name in `url`"],
]);
/** Classes of codes that mean that the text is wrong: syntax, names, types of operators. */
const SYNTAX_CLASSES = ["42", "26", "0A"];

/** Translates what the driver threw; `text` is the statement. */
export function postgresError(error: unknown, text: string): unknown {
  if (!(error instanceof Error) || error instanceof SqlError) return error;
  if (!isServerError(error)) return connectionError(error);
  const { code, message, detail, hint, table_name: table, position } = error;
  const start = code.slice(0, 2);
  if (code === "23505") {
    return new SqlError("unique", message, { table, columns: columnsIn(detail), cause: error });
  }
  if (code === "23503") {
    return new SqlError("foreignKey", message, { table, columns: columnsIn(detail), cause: error });
  }
  if (UNAVAILABLE_CLASSES.includes(start)) {
    const help = LASTING_CLASSES.get(start);
    return unavailable(message, error, { isTransient: help === undefined, help });
  }
  return new SqlError(SYNTAX_CLASSES.includes(start) ? "syntax" : "other", message, {
    offset: position === undefined ? undefined : offsetOf(Number(position), text),
    help: hint === undefined || hint === "" ? undefined : hint,
    cause: error,
  });
}

/** Every error of the server has a severity. The driver names it after its class, which bundlers shorten. */
function isServerError(error: Error): error is ServerError {
  return "severity_local" in error;
}

/** The error of a connection. */
function connectionError(error: Error): SqlError {
  if (NO_TLS.test(error.message)) {
    return unavailable("the server does not use TLS, which `sslmode` requires", error, {
      isTransient: false,
      help: "Turn TLS on in the server (`ssl = on`), or remove `sslmode` from `url`",
    });
  }
  const { code } = error as { code?: unknown };
  const [reason = error.message, help] = REASONS.get(String(code)) ?? [];
  return unavailable(reason, error, { help });
}

/**
 * How the runtimes report a connection that ends when TLS begins: the driver begins it even if the
 * server has refused.
 */
const NO_TLS = /before secure TLS connection was established/;

const START = "Start the server, or correct the host and the port in `url`";
const REASONS: ReadonlyMap<string, readonly [reason: string, help?: string]> = new Map([
  ["ECONNREFUSED", ["the connection was refused", START]],
  ["ERR_SOCKET_CONNECTION_REFUSED", ["the connection was refused", START]],
  ["ENOTFOUND", ["its host is not known", "Correct the host in `url`"]],
  ["EAI_AGAIN", ["its host cannot be looked up"]],
  ["ECONNRESET", ["the connection was lost"]],
  ["EPIPE", ["the connection was lost"]],
  ["CONNECTION_CLOSED", ["the connection was lost"]],
  ["CONNECTION_ENDED", ["the connection was closed"]],
  ["CONNECTION_DESTROYED", ["the connection was closed"]],
  ["CONNECT_TIMEOUT", ["it did not answer in time"]],
  ["ETIMEDOUT", ["it did not answer in time"]],
]);

/** `Key (email, team)=(…) already exists.` names the columns. */
function columnsIn(detail: string | undefined): string[] | undefined {
  const names = /^Key \((.+?)\)=/.exec(detail ?? "")?.[1];
  return names?.split(", ").map((name) => name.replace(/^"(.*)"$/, "$1"));
}

/** The offset of a character that is counted from 1; one beyond U+FFFF is two code units. */
function offsetOf(position: number, text: string): number {
  let offset = 0;
  for (const character of text) {
    if (--position <= 0) break;
    offset += character.length;
  }
  return offset;
}
