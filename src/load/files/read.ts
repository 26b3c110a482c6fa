/** Reads manifest files as text, without changing line ends. */
import { type DiglyError, fail, messageOf } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import type { Files } from "../../contract/platform.ts";
import { notAFile } from "../../contract/read_file.ts";
import type { SourceText } from "../../contract/source.ts";
import { originAtOffset, pathOf } from "../../diagnostics/origin.ts";

/** Options of {@link readSource}. */
export interface ReadOptions {
  /** Name of the module whose manifest lists the file. */
  readonly module: string;
  /** URL, ending in a slash, of the folder that `$include` may not leave. */
  readonly root: string;
  readonly limits: Limits;
}

/** The number of bytes that are inspected to detect binary files. */
const SAMPLE = 8000;

/**
 * Reads the file at `url` as UTF-8; a byte order mark is dropped.
 * Throws `ERR_MANIFEST_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`, or `ERR_MANIFEST_INVALID` for what
 * cannot be read or is not text.
 */
export function readSource(url: string, files: Files, options: ReadOptions): SourceText {
  const { module, root, limits } = options;
  const file = pathOf(url);
  const found = files.stat(url);
  if (found === undefined) {
    throw fail("ERR_MANIFEST_NOT_FOUND", { problem: `The file ${file} does not exist` });
  }
  const reason = notAFile(found.kind);
  if (reason !== undefined) {
    throw fail("ERR_MANIFEST_INVALID", { problem: `${file} ${reason}` });
  }
  if (found.size > limits.manifestBytes) throw tooLarge(file, limits);
  const bytes = readBytes(url, files, limits.manifestBytes);
  if (bytes.length > limits.manifestBytes) throw tooLarge(file, limits);
  return { url, text: decodeText(bytes, { url, module, root }), module, root };
}

function readBytes(url: string, files: Files, limit: number): Uint8Array {
  try {
    return files.readBytes(url, limit);
  } catch (error) {
    // Runtimes append the call and the path, as in "EACCES: permission denied, open '…'".
    const reason = messageOf(error).split(", ")[0];
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `The file ${pathOf(url)} cannot be read: ${reason}`,
    }, { cause: error });
  }
}

function tooLarge(file: string, { manifestBytes }: Limits): DiglyError {
  return fail("ERR_LIMIT_EXCEEDED", {
    problem: `The file ${file} is larger than ${manifestBytes} bytes`,
    limit: "manifestBytes",
  }, { help: raiseLimit("manifestBytes", manifestBytes, "Split the file") });
}

/** The text in the bytes of a manifest. Throws `ERR_MANIFEST_INVALID` for what is none. */
export function decodeText(bytes: Uint8Array, place: Omit<SourceText, "text">): string {
  const file = pathOf(place.url);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw fail("ERR_MANIFEST_INVALID", { problem: `The file ${file} is UTF-16, not UTF-8` }, {
      help: "Save it as UTF-8",
    });
  }
  if (bytes.subarray(0, SAMPLE).includes(0)) {
    throw fail("ERR_MANIFEST_INVALID", { problem: `The file ${file} is binary, not text` }, {
      help: "Check that it is the file you meant",
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8(bytes, place);
  }
}

function notUtf8(bytes: Uint8Array, place: Omit<SourceText, "text">): DiglyError {
  const offset = firstInvalidByte(bytes);
  const decoder = new TextDecoder();
  const byte = (bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  return fail("ERR_MANIFEST_INVALID", {
    problem: `The file ${pathOf(place.url)} is not UTF-8: byte 0x${byte} at offset ${offset}`,
  }, {
    origin: originAtOffset(
      { ...place, text: decoder.decode(bytes) },
      decoder.decode(bytes.subarray(0, offset)).length,
      1,
    ),
    help: "Save it as UTF-8",
  });
}

/** The offset at which re-encoding the text first gives different bytes. */
function firstInvalidByte(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const again = new TextEncoder().encode(text);
  return Math.min(again.findIndex((byte, index) => byte !== bytes[index]), bytes.length - 1);
}
