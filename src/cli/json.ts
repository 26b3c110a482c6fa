/** Reads the JSON input of an execution. */
import { fail, messageOf } from "../contract/errors.ts";
import { raiseLimit } from "../contract/limits.ts";
import type { Platform } from "../contract/platform.ts";
import { notAFile } from "../contract/read_file.ts";
import { jsonErrorOffset } from "./json_error.ts";

/**
 * Reads the value of `option`: JSON, `@file`, or `-` for standard input; at most `limit`
 * bytes are read. Throws `ERR_USAGE` if the file cannot be read or is not valid JSON.
 */
export async function readInput(
  argument: string | undefined,
  platform: Platform,
  limit: number,
  option: "--input" | "--scope" = "--input",
): Promise<unknown> {
  if (argument === undefined) return undefined;
  if (argument === "-") {
    const where = "standard input";
    return parseJson(decode(await platform.readStdin(limit), where, limit), where);
  }
  if (!argument.startsWith("@")) return parseJson(argument, option);
  const path = argument.slice(1);
  const url = platform.toUrl(path);
  const reason = notAFile(platform.files.stat(url)?.kind);
  if (reason !== undefined) {
    throw fail("ERR_USAGE", { problem: `The input file "${path}" ${reason}` }, {
      help: `${option} takes JSON, @ followed by the path of a file, or - for standard input`,
    });
  }
  let bytes: Uint8Array;
  try {
    bytes = platform.files.readBytes(url, limit);
  } catch (error) {
    throw fail("ERR_USAGE", {
      problem: `The input file "${path}" cannot be read: ${messageOf(error)}`,
    }, { cause: error });
  }
  return parseJson(decode(bytes, `"${path}"`, limit), `"${path}"`);
}

function decode(bytes: Uint8Array, where: string, limit: number): string {
  if (bytes.length <= limit) return new TextDecoder().decode(bytes);
  throw fail("ERR_LIMIT_EXCEEDED", {
    problem: `The input from ${where} is larger than ${limit} bytes`,
    limit: "inputBytes",
  }, { help: raiseLimit("inputBytes", limit) });
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const place = text.trim() === "" ? "it is empty" : describePlace(text);
    throw fail("ERR_USAGE", { problem: `The input from ${where} is not valid JSON: ${place}` }, {
      help: where.startsWith("--")
        ? `Quote it for the shell, as in ${where} '{"name": "Ada"}'`
        : undefined,
    });
  }
}

/** `unexpected end at line 1, column 9`, or `unexpected "x" at line 1, column 9`. */
function describePlace(text: string): string {
  const offset = jsonErrorOffset(text);
  const before = text.slice(0, offset).split("\n");
  const place = `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
  const [character] = text.slice(offset, offset + 2);
  if (character === undefined) return `unexpected end at ${place}`;
  return `unexpected ${JSON.stringify(character)} at ${place}`;
}
