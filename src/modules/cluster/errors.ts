/** Errors about calls to other processes, and about values that cannot cross. */
import { type DiglyError, fail, messageOf, type RemoteCall } from "../../contract/author.ts";
import { Unsendable } from "./codec.ts";

/** The error for a value that cannot cross. */
export function unsendable(urn: string, what: string, error: unknown): DiglyError {
  const reason = error instanceof Unsendable ? error.message : messageOf(error);
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `${what} cannot be sent to another process: ${reason}`,
  }, { help: "Use plain data: maps, lists, strings, numbers, booleans, null, dates and bytes" });
}

/** The error for a value that takes too many messages. */
export function tooLarge(urn: string, what: string, bytes: number, limit: number): DiglyError {
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem:
      `${what} cannot be sent to another process: it has ${bytes} bytes, and ${limit} is the most`,
  }, { help: "Send where the data is rather than the data, or return a stream" });
}

/** The error for a message that is not of the protocol. */
export function malformed(urn: string, cause: unknown): DiglyError {
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: "another process sent something that cannot be read",
  }, { cause });
}

/** The error for a call whose node was lost: it may have run. */
export function lostError(urn: string, node: string | undefined): DiglyError {
  return fail("ERR_UNAVAILABLE", {
    problem: `${urn} may have been executed: the node ${node} was lost while it ran it`,
    executed: "unknown",
  });
}

/** Why no node has begun a call. */
export type Absence = "missing" | "full" | "silent" | "disconnected";

/** The error for a call that no node has begun; `others` are generations that may not run it. */
export function unavailable(
  { urn, role }: RemoteCall,
  why: Absence,
  others: readonly string[],
): DiglyError {
  const problem = {
    missing: `${urn} cannot be executed: no node runs the role ${role}`,
    full: `${urn} cannot be executed: every node of the role ${role} is full`,
    silent: `${urn} cannot be executed: no node of the role ${role} answers`,
    disconnected: `${urn} cannot be executed: the connection to NATS is lost`,
  }[why];
  const help = why === "missing" && others.length > 0
    ? `Nodes of another generation run it (${others.join(", ")}): deploy the same manifests, ` +
      "or set `skew: allow`"
    : why === "missing"
    ? `Start a node with --role ${role}`
    : undefined;
  return fail("ERR_UNAVAILABLE", { problem, executed: "no" }, { help });
}
