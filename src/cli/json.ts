/** Reads the JSON input of an execution and writes its result as JSON. */
import { fail, formatPath, messageOf } from "../contract/errors.ts";
import { raiseLimit } from "../contract/limits.ts";
import type { Platform } from "../contract/platform.ts";
import { notAFile } from "../contract/read_file.ts";
import type { Path } from "../contract/resource.ts";
import { jsonErrorOffset } from "./json_error.ts";

/**
 * Reads the input from `argument`: JSON, `@file`, or `-` for standard input; at most `limit`
 * bytes are read. Throws `ERR_USAGE` if the file cannot be read or is not valid JSON.
 */
export async function readInput(
  argument: string | undefined,
  platform: Platform,
  limit: number,
): Promise<unknown> {
  if (argument === undefined) return undefined;
  if (argument === "-") {
    const where = "standard input";
    return parseJson(decode(await platform.readStdin(limit), where, limit), where);
  }
  if (!argument.startsWith("@")) return parseJson(argument, "--input");
  const path = argument.slice(1);
  const url = platform.toUrl(path);
  const reason = notAFile(platform.files.stat(url)?.kind);
  if (reason !== undefined) {
    throw fail("ERR_USAGE", { problem: `The input file "${path}" ${reason}` }, {
      help: "--input takes JSON, @ followed by the path of a file, or - for standard input",
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
      help: where === "--input"
        ? `Quote it for the shell, as in --input '{"name": "Ada"}'`
        : undefined,
    });
  }
}

/** `unexpected end at line 1, column 9`, or `unexpected "x" at line 1, column 9`. */
function describePlace(text: string): string {
  const offset = jsonErrorOffset(text);
  const before = text.slice(0, offset).split("\n");
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  if (offset >= text.length) return `unexpected end at ${place}`;
  return `unexpected ${
    JSON.stringify(String.fromCodePoint(text.codePointAt(offset)!))
  } at ${place}`;
}

/**
 * A result as JSON, indented or on one line; `undefined` is written as `null`.
 * Throws `ERR_EXECUTION_FAILED` for values that JSON cannot represent.
 */
export function resultText(urn: string, result: unknown, indented: boolean): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(result ?? null, undefined, indented ? 2 : undefined);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  const reason = unserializableReason(result, [], new Set()) ?? messageOf(cause);
  throw fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `its result cannot be written as JSON: ${reason}`,
    chain: [urn],
  }, {
    cause,
    help: "Return plain data: objects, lists, strings, finite numbers, booleans or null",
  });
}

/** Why `value` cannot be written as JSON, with the path of the offending part. */
function unserializableReason(value: unknown, path: Path, above: Set<unknown>): string | undefined {
  const type = typeof value;
  const place = path.length === 0 ? "" : ` at ${formatPath(path)}`;
  if (type === "bigint") return `it ${path.length === 0 ? "is" : "contains"} a BigInt${place}`;
  if (path.length === 0 && type !== "object") return `it is a ${type}`;
  if (typeof value !== "object" || value === null) return undefined;
  if (above.has(value)) return `it contains itself${place}`;
  if ("toJSON" in value) return undefined;
  above.add(value);
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    const reason = unserializableReason(item, [...path, step], above);
    if (reason !== undefined) return reason;
  }
  above.delete(value);
  return undefined;
}
