/** Sends a result that is produced while it is read, as fast as its reader allows. */
import { chunkBytes, formOf, isLive, iteratorOf } from "../../contract/author.ts";
import { encodeValue } from "./codec.ts";
import { splitBytes, type StreamHead, TO_CALL } from "./frames.ts";
import { unsendable } from "./errors.ts";

export { isLive as isLiveResult };

/** Where a stream goes. */
export interface StreamTarget {
  /** Aborted when nobody reads any more. */
  readonly signal: AbortSignal;
  /** How many bytes fit into a message. */
  readonly partBytes: number;
  readonly send: (type: string, head: unknown, body?: Uint8Array) => void;
  /** Waits until another part may be sent. */
  readonly credit: () => Promise<void>;
}

/** Sends a result part by part. Rejects with the error of whatever produces it. */
export async function writeStream(
  result: unknown,
  urn: string,
  { signal, partBytes, send, credit }: StreamTarget,
): Promise<void> {
  const head = headOf(result);
  send(TO_CALL.stream, head);
  if (head.form === "response" && (result as Response).body === null) {
    return send(TO_CALL.end, { n: 0 });
  }
  const parts = iteratorOf(result);
  const stop = () => void Promise.resolve(parts.return?.()).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  let count = 0;
  try {
    for (;;) {
      await credit();
      if (signal.aborted) return;
      const { done, value } = await parts.next();
      if (signal.aborted) return;
      if (done) break;
      const pieces = splitBytes(bytesOf(value, urn, head), partBytes);
      for (const [index, piece] of pieces.entries()) {
        const more = index < pieces.length - 1;
        send(TO_CALL.part, more ? { n: count, more } : { n: count }, piece);
      }
      count++;
    }
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  send(TO_CALL.end, { n: count });
}

function headOf(result: unknown): StreamHead {
  const form = formOf(result);
  if (form !== "response") return { form: form === "stream" ? "stream" : "items" };
  const { status, headers } = result as Response;
  return { form, status, headers: [...headers] };
}

function bytesOf(value: unknown, urn: string, { form }: StreamHead): Uint8Array {
  if (form === "items") {
    try {
      return encodeValue(value);
    } catch (error) {
      throw unsendable(urn, "a part of its result", error);
    }
  }
  const bytes = chunkBytes(value);
  if (bytes === undefined) {
    throw unsendable(urn, "a part of its result", "it is neither bytes nor text");
  }
  return bytes;
}
