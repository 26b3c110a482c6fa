/** Bodies of responses of `fetch`, decompressed no further than they are read. */
import { Buffer } from "node:buffer";
import type { Transform } from "node:stream";

/**
 * For the options of `fetch`, so that {@link decodedBody} decompresses. Bun would decompress what it has
 * received whether anybody reads it or not, so that a small response could take all memory. Node would
 * take a body that is cut off for a complete one.
 */
export const UNDECODED: object = isBun()
  ? { decompress: false }
  : isDeno()
  ? {}
  : { dispatcher: { dispatch: dispatchUndecoded } };

/** What Bun asks for only if it decompresses. */
const ENCODINGS = "gzip, deflate, br";
/** What Deno decompresses, unless the body is compressed several times. */
const DECODED_BY_DENO: ReadonlySet<string> = new Set(["gzip", "br"]);
/** Before the encoding of a body that Node would decompress otherwise. */
const MARK = "undecoded ";
/** Nobody compresses a body more often. */
const MAX_ENCODINGS = 5;
/** The method in the first byte of a body with the header of zlib. */
const DEFLATE = 8;

type OnHeaders = (status: number, headers: readonly Uint8Array[], ...more: unknown[]) => unknown;

/** Sends a request as the `fetch` of Node does, and hides from it that the response is compressed. */
function dispatchUndecoded(options: unknown, handler: { readonly onHeaders?: OnHeaders }): unknown {
  // The dispatcher of every request, which exists as soon as anything was fetched.
  const shared = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
  const { onHeaders } = handler;
  // A later Node may have no such method: then it decompresses by itself.
  if (onHeaders === undefined) return shared.dispatch(options, handler);
  const marking = Object.create(handler);
  marking.onHeaders = function (
    status: number,
    headers: readonly Uint8Array[],
    ...more: unknown[]
  ) {
    return onHeaders.call(this, status, marked(headers), ...more);
  };
  return shared.dispatch(options, marking);
}

/** Headers, as names and values in turn, whose `content-encoding` `fetch` does not know. */
function marked(headers: readonly Uint8Array[]): readonly Uint8Array[] {
  const at = headers.findIndex((name, index) =>
    index % 2 === 0 && name.length === 16 && String(name).toLowerCase() === "content-encoding"
  );
  const value = headers[at + 1];
  if (at === -1 || value === undefined) return headers;
  return headers.with(at + 1, Buffer.concat([Buffer.from(MARK), value]));
}

/** Asks for compressed responses where the runtime does not do so itself. */
export function acceptEncodings(headers: Headers): void {
  if (isBun() && !headers.has("accept-encoding")) headers.set("accept-encoding", ENCODINGS);
}

/** The `content-encoding` of a response to a request with {@link UNDECODED}, as it was sent. */
export function encodingOf(headers: Headers): string | null {
  const encoding = headers.get("content-encoding");
  return encoding?.startsWith(MARK) ? encoding.slice(MARK.length) : encoding;
}

/** The body of a response to a request with {@link UNDECODED}. */
export function decodedBody(response: Response): AsyncIterable<Uint8Array> {
  const { body, headers } = response;
  if (body === null) return empty();
  const encodings = (encodingOf(headers) ?? "").toLowerCase().split(",")
    .map((encoding) => encoding.trim()).filter(Boolean);
  return encodings.length === 0 || isDecoded(headers, encodings)
    ? body
    : decompress(body, encodings);
}

/** True if the runtime decompresses the body. */
function isDecoded(headers: Headers, encodings: readonly string[]): boolean {
  if (isBun()) return false;
  const [encoding = ""] = encodings;
  if (isDeno()) return encodings.length === 1 && DECODED_BY_DENO.has(encoding);
  return encodingOf(headers) === headers.get("content-encoding");
}

async function* empty(): AsyncGenerator<Uint8Array> {}

async function* decompress(
  body: ReadableStream<Uint8Array>,
  encodings: readonly string[],
): AsyncGenerator<Uint8Array> {
  const { pipeline, Readable } = await import("node:stream");
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  // A response without a body, such as that to HEAD, may have the header.
  if (first.done === true) return;
  const decoders = await decodersOf(encodings, first.value);
  if (decoders.length === 0 || decoders.length > MAX_ENCODINGS) {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
    return;
  }
  const source = Readable.from(startingWith(first.value, chunks), { objectMode: false });
  // Whoever reads the last stream gets the errors of all.
  const decoded = pipeline([source, ...decoders], () => {});
  yield* decoded as unknown as AsyncIterable<Uint8Array>;
}

async function* startingWith(
  first: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => chunks };
}

/** What undoes the encodings, the last one first; nothing if one of them is unknown. */
async function decodersOf(encodings: readonly string[], first: Uint8Array): Promise<Transform[]> {
  const zlib = await import("node:zlib");
  const isRaw = ((first[0] ?? 0) & 15) !== DEFLATE;
  const create: Readonly<Record<string, () => Transform>> = {
    gzip: zlib.createGunzip,
    "x-gzip": zlib.createGunzip,
    br: zlib.createBrotliDecompress,
    deflate: isRaw && encodings.length === 1 ? zlib.createInflateRaw : zlib.createInflate,
  };
  const decoders: Transform[] = [];
  for (const encoding of encodings.filter((one) => one !== "identity").toReversed()) {
    const decoder = Object.hasOwn(create, encoding) ? create[encoding]?.() : undefined;
    if (decoder === undefined) return [];
    decoders.push(decoder);
  }
  return decoders;
}

function isBun(): boolean {
  return "Bun" in globalThis;
}

function isDeno(): boolean {
  return "Deno" in globalThis;
}
