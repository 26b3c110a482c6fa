/** `File.Read`: reads a file below a folder. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import {
  type Controller,
  defineController,
  fail,
  messageOf,
  sizeBytes,
} from "../../contract/author.ts";
import { fileError, notAFile, tooLarge } from "./errors.ts";
import { type FileFields, inputCheck } from "./fields.ts";
import { Root } from "./root.ts";

const controller: Controller = defineController<FileFields & { as: "text" | "json" | "bytes" }>({
  async create(resource, ctx) {
    const { as } = resource;
    const maxBytes = sizeBytes(resource.maxBytes) ?? 0;
    const root = new Root(resource.root, ctx);
    const pathOf = ctx.template(resource.path);
    const checkInput = await inputCheck(resource, ctx);
    return {
      init: () => root.open(),
      async execute(input) {
        checkInput(input);
        const path = pathOf({ input });
        const bytes = await readBytes(await root.resolve(path), path, maxBytes);
        if (as === "bytes") return bytes;
        const text = decode(bytes, path);
        return as === "text" ? text : parse(text, path);
      },
    };
  },
});

export default controller;

/** The bytes of a regular file; `path` is for errors. */
async function readBytes(real: string, path: string, maxBytes: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // A pipe without a writer would wait for one.
    file = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await file.stat();
    if (!status.isFile()) throw notAFile(path);
    if (status.size > maxBytes) throw tooLarge(path, maxBytes);
    return await readAtMost(file, status.size, maxBytes, path);
  } catch (error) {
    throw fileError(error, path, "read");
  } finally {
    await file?.close();
  }
}

/** How much is read at a time: at most, and where the file was smaller when it was opened. */
const MOST_BYTES = 65_536;
const LEAST_BYTES = 512;

/** Reads to the end, whatever the `size` of the file was when it was opened. */
async function readAtMost(
  file: FileHandle,
  size: number,
  maxBytes: number,
  path: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const left = Math.max(size - length, LEAST_BYTES);
    const chunk = new Uint8Array(Math.min(left, MOST_BYTES, maxBytes + 1 - length));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(path, maxBytes);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw fail("ERR_EXECUTION_FAILED", { problem: `${JSON.stringify(path)} is not UTF-8 text` }, {
      help: "Read it with `as: bytes`",
      cause: error,
    });
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail("ERR_EXECUTION_FAILED", {
      problem: `${JSON.stringify(path)} is not JSON: ${messageOf(error)}`,
    }, { cause: error });
  }
}
