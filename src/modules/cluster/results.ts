/** What another node has answered, read from its messages. */
import { type DiglyError, errorFromJSON } from "../../contract/author.ts";
import type { Attempted } from "./attempt.ts";
import { decodeValue } from "./codec.ts";
import { malformed } from "./errors.ts";
import { joinBytes } from "./frames.ts";

/** Settles a call with its result, of which `last` is the last part. */
export function settleWithResult(one: Attempted, last: Uint8Array): void {
  try {
    one.resolve(decodeValue(joinBytes([...one.chunks, last])));
  } catch (error) {
    one.reject(malformed(one.call.urn, error));
  }
}

/** The error of the other side, of which `last` is the last part. */
export function errorOf(
  { call: { urn }, chunks, node }: Attempted,
  last: Uint8Array,
): DiglyError {
  let failure: DiglyError;
  try {
    failure = errorFromJSON(decodeValue(joinBytes([...chunks, last])));
  } catch (error) {
    failure = malformed(urn, error);
  }
  // The stack of this process would lead to the connection.
  for (let at: unknown = failure; at instanceof Error; at = at.cause) {
    at.stack = `${at.name}: ${at.message}\n    at ${urn} (node ${node ?? "unknown"})`;
  }
  return failure;
}
