/** `Http.Compress`: compresses responses. */
import {
  type HttpMiddleware,
  type ResourceInstance,
  type RuntimeResource,
  sizeBytes,
} from "../../contract/author.ts";
import { type Encoding, ENCODINGS, parseAcceptEncoding } from "./accept_encoding.ts";
import { type BodyReader, compressBytes, compressStream } from "./compress_body.ts";
import { isStreaming, responseWith } from "./send.ts";
import { addVary } from "./vary.ts";

/** The fields of an `Http.Compress`. */
interface CompressFields {
  readonly threshold: string | number;
}

/** Content types that are text below the surface; events are sent one by one and stay as they are. */
const COMPRESSIBLE =
  /^(?:text\/(?!event-stream\b)|image\/(?:svg\+xml|bmp|vnd\.microsoft\.icon)|font\/[ot]tf|application\/(?:[\w.-]+\+(?:json|xml)|json|xml|javascript|x-ndjson|wasm|yaml|graphql|rtf|vnd\.ms-fontobject))/i;
/** Statuses whose responses have no body, or a part of one. */
const AS_IT_IS: ReadonlySet<number> = new Set([204, 205, 206]);
/** Larger bodies are compressed while they are sent. */
const MAX_IN_MEMORY = 256 * 1024;

/** Compresses what the inner response is. */
export function create(
  { threshold }: RuntimeResource<CompressFields>,
): ResourceInstance<HttpMiddleware> {
  const minBytes = sizeBytes(threshold) ?? 0;
  return {
    api: {
      async middleware(request, next, { refuse }) {
        const { encoding, identity } = parseAcceptEncoding(request.headers.get("accept-encoding"));
        if (encoding === undefined && !identity) {
          return refuse({
            status: 406,
            code: "NOT_ACCEPTABLE",
            message: `Responses can be encoded with ${ENCODINGS.join(" and ")}`,
          });
        }
        const response = await next();
        const { status, headers } = response;
        if (status === 304) {
          // The version that the client has is the compressed one.
          addVary(headers, "accept-encoding");
          if (encoding !== undefined) weaken(headers);
          return response;
        }
        if (!isCompressible(response)) return response;
        addVary(headers, "accept-encoding");
        if (encoding === undefined) return response;
        return await compress(response, encoding, identity ? minBytes : 0, request.method);
      },
    },
  };
}

function isCompressible({ status, headers }: Response): boolean {
  return status >= 200 && !AS_IT_IS.has(status) && !headers.has("content-encoding") &&
    !headers.has("content-range") &&
    COMPRESSIBLE.test(headers.get("content-type") ?? "") &&
    !/(?:^|[,\s])no-transform\b/i.test(headers.get("cache-control") ?? "");
}

async function compress(
  response: Response,
  encoding: Encoding,
  minBytes: number,
  method: string,
): Promise<Response> {
  const { status, statusText, headers } = response;
  const length = headers.get("content-length");
  if (length !== null && Number(length) < minBytes) return response;
  if (method === "HEAD") {
    // The length of the body is not known without making it.
    if (length !== null) describe(headers, encoding);
    return response;
  }
  if (response.body === null) return response;
  const reader = response.body.getReader() as BodyReader;
  const init = { status, statusText, headers };
  if (isStreaming(response)) {
    describe(headers, encoding);
    return new Response(compressStream([], reader, encoding), init);
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.byteLength;
    if (size <= MAX_IN_MEMORY) continue;
    describe(headers, encoding);
    return new Response(compressStream(chunks, reader, encoding), init);
  }
  const bytes = joinChunks(chunks, size);
  if (size < minBytes) return responseWith(bytes, init);
  describe(headers, encoding);
  return responseWith(await compressBytes(bytes, encoding), init);
}

/** Says that the body is compressed, and not the one that the inner response describes. */
function describe(headers: Headers, encoding: Encoding): void {
  headers.set("content-encoding", encoding);
  headers.delete("content-length");
  headers.delete("accept-ranges");
  weaken(headers);
}

/** A strong ETag promises the same bytes, which compression does not give. */
function weaken(headers: Headers): void {
  const etag = headers.get("etag");
  if (etag?.startsWith('"')) headers.set("etag", `W/${etag}`);
}

function joinChunks(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  size: number,
): Uint8Array<ArrayBuffer> {
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
