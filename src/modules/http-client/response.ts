/** Reads a response within its size limit. */
import { inspectJson } from "../../contract/author.ts";
import { decodedBody, encodingOf } from "../shared/decoded_body.ts";

/** The result of an execution. */
export interface Result {
  readonly status: number;
  /** By lower-case name; `set-cookie` is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Parsed JSON, text or bytes, depending on the content type; null if there is none. */
  readonly body: unknown;
}

/** A response that cannot be used; its message is a sentence for the client. */
export class ResponseError extends Error {}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const TEXT_TYPE =
  /^text\/|^application\/(?:[\w.-]+\+)?xml$|^application\/(?:x-www-form-urlencoded|javascript|graphql|yaml)$|^application\/(?:x-ndjson|jsonl)$/;

/** Deeper JSON would overflow the stack of what walks it. */
const MAX_NESTING = 512;

/** Reads the whole response. Throws a {@link ResponseError} for one that is too large or malformed. */
export async function readResponse(response: Response, maxBytes: number): Promise<Result> {
  const bytes = await readBytes(response, maxBytes);
  return {
    status: response.status,
    headers: headersOf(response),
    body: decodeBody(bytes, response),
  };
}

function headersOf({ headers }: Response): Result["headers"] {
  const all: Record<string, string | readonly string[]> = {};
  for (const [name, value] of headers) {
    const item = name === "set-cookie"
      ? headers.getSetCookie()
      : name === "content-encoding"
      ? encodingOf(headers)
      : value;
    Object.defineProperty(all, name, {
      value: item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return all;
}

async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array> {
  const { body, headers } = response;
  const tooLarge = () =>
    new ResponseError(`The response of the upstream is larger than ${maxBytes} bytes`);
  const isCompressed = headers.has("content-encoding");
  if (!isCompressed && Number(headers.get("content-length")) > maxBytes) {
    body?.cancel().catch(() => {});
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of decodedBody(response)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

function decodeBody(bytes: Uint8Array, { headers }: Response): unknown {
  if (bytes.length === 0) return null;
  const [type = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  if (JSON_TYPE.test(type.trim())) return parseJson(bytes);
  if (!TEXT_TYPE.test(type.trim())) return bytes;
  const charset = parameters.map((text) => /^\s*charset="?([^"\s]+)"?/.exec(text)?.[1]).find(
    Boolean,
  );
  return decoderOf(charset).decode(bytes);
}

function parseJson(bytes: Uint8Array): unknown {
  const malformed = (why: string) =>
    new ResponseError(`The response of the upstream is not valid: ${why}`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const { nesting } = inspectJson(text, MAX_NESTING, false);
    if (nesting <= MAX_NESTING) return JSON.parse(text);
  } catch {
    throw malformed("its content type is JSON, but its body is not");
  }
  throw malformed(`its JSON is nested more than ${MAX_NESTING} deep`);
}

function decoderOf(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder(); // The runtime does not know the character set.
  }
}
