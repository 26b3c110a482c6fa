/** The body of a request: read within its limits, decoded and parsed. */
import { inspectJson } from "../../contract/author.ts";
import { badRequest, RequestError } from "./errors.ts";
import { readMultipart } from "./multipart.ts";

/** What a body may be, and how it is read. */
export interface BodyOptions {
  readonly maxNesting: number;
  /** True to find numbers that parsing rounds. */
  readonly findsRounded: boolean;
  /** Makes an object of the fields of a form. */
  readonly readForm: (
    fields: string | Iterable<readonly [string, unknown]>,
  ) => Record<string, unknown>;
}

/** A body that was read. */
export interface Body {
  /** Parsed where the content type says JSON or form, text otherwise. */
  readonly value: unknown;
  /** The JSON text, if it has a number that parsing rounded. */
  readonly rounded?: string;
}

/** Node's own request below a {@link Request}. */
interface NodeStream {
  readonly errored: unknown;
  /** True once all of the message was received. */
  readonly complete: boolean;
  /** Only in requests of HTTP/2. */
  readonly stream?: unknown;
  read(): Uint8Array | null;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "error" | "close", listener: (error?: unknown) => void): unknown;
  off(event: string, listener: (argument: never) => void): unknown;
  pause(): unknown;
}

type NodeRequest = Request & {
  bytes(): Promise<Uint8Array>;
  readonly runtime?: { readonly node?: { readonly req: NodeStream } };
};

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const MULTIPART_TYPE = /^multipart\/form-data\s*(?:;|$)/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });

/** What a decoder that is not strict makes of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * Begins to read a body; gives nothing for an empty one, and the bytes themselves if they are there.
 * Throws a {@link RequestError} for one that says that it is too large or is there and is, and
 * rejects with it for one that turns out to be.
 */
export function openBody(
  request: NodeRequest,
  maxBytes: number,
): Uint8Array | Promise<Uint8Array> | undefined {
  const length = request.headers.get("content-length");
  if (length === "0") return undefined;
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  const stream = request.runtime?.node?.req;
  if (stream !== undefined) return openNode(stream, maxBytes);
  // The runtime reads no more than the length that the client gave.
  return length === null ? readStream(request.body, maxBytes) : request.bytes();
}

/** Parses a body of the content type of its request. Throws a {@link RequestError} for a bad one. */
export function parseBody(
  bytes: Uint8Array,
  request: Request,
  { maxNesting, findsRounded, readForm }: BodyOptions,
): Body | undefined {
  if (bytes.length === 0) return undefined;
  const type = request.headers.get("content-type") ?? "";
  if (type === "application/json" || JSON_TYPE.test(type)) {
    const text = decode(bytes);
    const { nesting, mayRound } = inspectJson(text, maxNesting, findsRounded);
    if (nesting > maxNesting) throw badBody(`must not be nested more than ${maxNesting} deep`);
    const value = parse(text);
    return mayRound ? { value, rounded: text } : { value };
  }
  if (MULTIPART_TYPE.test(type)) return { value: readForm(parts(bytes, type)) };
  const text = decode(bytes);
  return { value: FORM_TYPE.test(type) ? readForm(text) : text };
}

function parts(bytes: Uint8Array, type: string): [string, unknown][] {
  try {
    return readMultipart(bytes, type);
  } catch (error) {
    throw badBody((error as Error).message);
  }
}

/** Strict decoding takes Deno ten times as long, 4 µs for 1.7 kB, so it only settles doubts. */
function decode(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strictDecoder.decode(bytes);
  } catch {
    throw badBody("must be UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badBody("must be valid JSON");
  }
}

/** The body of a request of Node: at once if all of it is there. */
function openNode(stream: NodeStream, maxBytes: number): Uint8Array | Promise<Uint8Array> {
  // A request of HTTP/2 is complete when it was aborted, too.
  if (!stream.complete || stream.stream !== undefined) return readNode(stream, maxBytes);
  const bytes = stream.read() ?? new Uint8Array();
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

/** Node's own events cost a fraction of a web stream over them. */
function readNode(stream: NodeStream, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const onData = (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > maxBytes) {
        stream.pause();
        end(tooLarge(maxBytes));
      } else chunks.push(chunk);
    };
    const onEnd = () => end();
    const onClose = () => end(stream.errored ?? new Error("The connection was closed"));
    function end(error?: unknown): void {
      stream.off("data", onData);
      stream.off("end", onEnd);
      stream.off("error", onClose);
      stream.off("close", onClose);
      if (error === undefined) resolve(join(chunks, size));
      else reject(error);
    }
    stream.on("data", onData);
    stream.on("end", onEnd);
    stream.on("error", onClose);
    stream.on("close", onClose);
  });
}

/** A body whose length is not given: its bytes are counted as they come. */
async function readStream(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return join(chunks, size);
    size += value.byteLength;
    if (size > maxBytes) {
      reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

function badBody(message: string): RequestError {
  return badRequest("The request is invalid", [{ in: "body", path: "", message }]);
}

/** The error for a body that is larger than the limit. */
export function tooLarge(maxBytes: number): RequestError {
  return new RequestError(
    413,
    "PAYLOAD_TOO_LARGE",
    `The request body is larger than ${maxBytes} bytes`,
  );
}
