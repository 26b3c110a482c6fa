/** Bodies of responses that are parts of files; a large file is never in memory as a whole. */
import type { ByteRange } from "./conditions.ts";
import type { OpenFile } from "./static_files.ts";

/** How much is read at once. */
const PART_BYTES = 64 * 1024;

/** The part of Bun that is used: a file as a lazy `Blob`. */
interface BunRuntime {
  file(path: string, options: { type: string }): Blob;
}

/** The bytes of a range, or what they are read from while they are sent. Closes the file. */
export async function bodyOf(
  { handle, path }: OpenFile,
  range: ByteRange,
  type: string,
): Promise<Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { start, end } = range;
  if (end - start > PART_BYTES) {
    const { Bun } = globalThis as typeof globalThis & { Bun?: BunRuntime };
    if (Bun === undefined) return streamOf(handle, range);
    // Bun sends streams without their length, but its own files with it.
    await handle.close();
    return Bun.file(path, { type }).slice(start, end, type);
  }
  const bytes = new Uint8Array(end - start);
  let length = 0;
  try {
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, start + length);
      if (bytesRead === 0) throw shrunk();
      length += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return bytes;
}

function streamOf(
  handle: OpenFile["handle"],
  { start, end }: ByteRange,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let position = start;
  return new ReadableStream({
    async pull(controller) {
      try {
        const bytes = new Uint8Array(Math.min(PART_BYTES, end - position));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
        if (bytesRead === 0) throw shrunk();
        position += bytesRead;
        controller.enqueue(bytes.subarray(0, bytesRead));
        if (position < end) return;
        await handle.close();
        controller.close();
      } catch (error) {
        await handle.close().catch(() => {});
        controller.error(error);
      }
    },
    cancel: () => handle.close(),
  }, { highWaterMark: 0 });
}

function shrunk(): Error {
  return new Error("The file became shorter while it was being sent");
}
