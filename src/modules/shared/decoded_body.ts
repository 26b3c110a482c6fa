/** Bodies of responses of `fetch`, decompressed no further than they are read. */
import type { Transform } from "node:stream";

/**
 * For the options of `fetch`. Bun decompresses what it has received whether anybody reads it or not,
 * so that a small response can take all memory: there, {@link decodedBody} does it. Other runtimes
 * decompress what is read.
 */
export const UNDECODED: { readonly decompress?: false } = isBun() ? { decompress: false } : {};

/** What Bun asks for only if it decompresses. */
const ENCODINGS = "gzip, deflate, br";
/** Nobody compresses a body more often. */
const MAX_ENCODINGS = 5;
/** The method in the first byte of a body with the header of zlib. */
const DEFLATE = 8;

/** Asks for compressed responses where the runtime does not do so itself. */
export function acceptEncodings(headers: Headers): void {
  if (isBun() && !headers.has("accept-encoding")) headers.set("accept-encoding", ENCODINGS);
}

/** The body of a response to a request with {@link UNDECODED}. */
export function decodedBody(response: Response): AsyncIterable<Uint8Array> {
  const { body, headers } = response;
  if (body === null) return empty();
  const encodings = (headers.get("content-encoding") ?? "").toLowerCase().split(",")
    .map((encoding) => encoding.trim()).filter(Boolean);
  return isBun() && encodings.length > 0 ? decompress(body, encodings) : body;
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
