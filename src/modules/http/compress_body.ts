/** Compresses bodies of responses, in memory or while they are sent. */
import {
  type BrotliCompress,
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  type Gzip,
  gzip,
} from "node:zlib";
import type { Encoding } from "./accept_encoding.ts";

/** As small as gzip at about its speed; the default of the library is for files that are made once. */
const BROTLI_OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** A body that is being read. */
export type BodyReader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Compresses bytes. */
export function compressBytes(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const end = (error: Error | null, result: Buffer<ArrayBuffer>) =>
      error === null ? resolve(result) : reject(error);
    if (encoding === "br") brotliCompress(bytes, BROTLI_OPTIONS, end);
    else gzip(bytes, end);
  });
}

/**
 * Compresses a stream after the chunks that were read already. What the reader gives is sent on at
 * once, so that the lines of a stream do not wait for each other.
 */
export function compressStream(
  first: readonly Uint8Array<ArrayBuffer>[],
  reader: BodyReader,
  encoding: Encoding,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder: Gzip | BrotliCompress = encoding === "br"
    ? createBrotliCompress(BROTLI_OPTIONS)
    : createGzip();
  const flushKind = encoding === "br" ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  const pending = [...first];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let failure: Error | undefined;
  encoder.on("data", (part: Uint8Array<ArrayBuffer>) => parts.push(part));
  encoder.on("error", (error) => failure = error);

  /** Writes a chunk, and waits until what it became was read. */
  function encode(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      encoder.write(chunk);
      encoder.flush(flushKind, () => resolve());
    });
  }

  function finish(): Promise<void> {
    return new Promise((resolve) => {
      encoder.once("end", resolve);
      encoder.once("close", resolve);
      encoder.end();
    });
  }

  return new ReadableStream({
    async pull(controller) {
      try {
        let isDone = false;
        while (parts.length === 0 && !isDone) {
          const next = pending.shift();
          const { done, value } = next === undefined
            ? await reader.read()
            : { done: false, value: next };
          isDone = done;
          if (value !== undefined) await encode(value);
          else await finish();
          if (failure !== undefined) throw failure;
        }
        for (const part of parts) controller.enqueue(part);
        parts = [];
        if (isDone) controller.close();
      } catch (error) {
        encoder.destroy();
        // Bun would drop what it has not sent yet.
        await new Promise((resolve) => setTimeout(resolve, 0));
        controller.error(error);
      }
    },
    async cancel(reason) {
      encoder.destroy();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
