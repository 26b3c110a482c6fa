/** Messages as JSON text. */
import { fail } from "../../contract/author.ts";

/** The JSON text of a message; integers beyond 2^53 become strings, as in every JSON that Digly writes. */
export function messageText(message: unknown, urn: string): string {
  return JSON.stringify(message ?? null, (_key, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    const isData = typeof value !== "function" && typeof value !== "symbol" &&
      !ArrayBuffer.isView(value) && !isStream(value);
    if (isData) return value;
    throw fail("ERR_EXECUTION_FAILED", {
      urn,
      problem: "the message is not JSON data",
      chain: [urn],
    }, { help: "Publish strings, numbers, booleans, lists and maps" });
  });
}

function isStream(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    (Symbol.asyncIterator in value || value instanceof Response || value instanceof ReadableStream);
}
