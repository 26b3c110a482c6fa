/** The forms of an execution's result: data, bytes, streams and responses. */

/**
 * `items` is any other async iterable than a stream of bytes.
 *
 * @example
 * const form: ResultForm = formOf(result);
 */
export type ResultForm = "data" | "bytes" | "items" | "stream" | "response";

/**
 * The form of a result.
 *
 * @example
 * formOf({ id: 1 }); // "data"
 * formOf(new Uint8Array(4)); // "bytes"
 * formOf(new Response("hello")); // "response"
 */
export function formOf(result: unknown): ResultForm {
  if (typeof result !== "object" || result === null) return "data";
  if (isPlain(result)) return Symbol.asyncIterator in result ? "items" : "data";
  if (ArrayBuffer.isView(result) || result instanceof ArrayBuffer) return "bytes";
  if (isResponse(result)) return "response";
  if (isByteStream(result)) return "stream";
  return Symbol.asyncIterator in result ? "items" : "data";
}

/**
 * True for results whose content is produced while it is read.
 *
 * @example
 * const result = await ctx.execute("Shop.Export.All");
 * if (isLive(result)) ctx.log.info("The rows are still being read");
 */
export function isLive(
  result: unknown,
): result is AsyncIterable<unknown> | ReadableStream<unknown> | Response {
  if (typeof result !== "object" || result === null) return false;
  if (isPlain(result)) return Symbol.asyncIterator in result;
  const form = formOf(result);
  return form !== "data" && form !== "bytes";
}

/** True for almost every result: none of the other forms is made of these. */
function isPlain(result: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(result);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** True for a `Response`, also one of another library than the runtime's own. */
function isResponse(value: object): value is Response {
  return value instanceof Response || tagOf(value) === "Response" && "arrayBuffer" in value;
}

/** True for a `ReadableStream`, and for Node's streams of bytes. */
function isByteStream(value: object): boolean {
  if (value instanceof ReadableStream) return true;
  if (tagOf(value) === "ReadableStream" && "getReader" in value) return true;
  const { pipe, readableObjectMode } = value as { pipe?: unknown; readableObjectMode?: unknown };
  return typeof pipe === "function" && readableObjectMode === false;
}

function tagOf(value: object): unknown {
  return (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
}

/**
 * The bytes of a result of the form `bytes`.
 *
 * @example
 * if (formOf(result) === "bytes") await writer.write(bytesOf(result));
 */
export function bytesOf(result: unknown): Uint8Array<ArrayBuffer> {
  if (result instanceof Uint8Array) return result as Uint8Array<ArrayBuffer>;
  if (result instanceof ArrayBuffer) return new Uint8Array(result);
  const { buffer, byteOffset, byteLength } = result as ArrayBufferView<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * A chunk of a stream of bytes; `undefined` if it is neither bytes nor text.
 *
 * @example
 * const bytes = chunkBytes(chunk);
 * if (bytes === undefined) throw new Error("The stream has a chunk that is neither bytes nor text");
 */
export function chunkBytes(chunk: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof chunk === "string") return new TextEncoder().encode(chunk);
  return formOf(chunk) === "bytes" ? bytesOf(chunk) : undefined;
}

/**
 * The iterator over the parts of a live result; its `return` stops the producer at once.
 *
 * @example
 * const parts = iteratorOf(result);
 * try {
 *   for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
 *     await send(part.value);
 *   }
 * } finally {
 *   await parts.return?.();
 * }
 */
export function iteratorOf(result: unknown): AsyncIterator<unknown> {
  const source = (formOf(result) === "response" ? (result as Response).body : result) as
    | ReadableStream<unknown>
    | AsyncIterable<unknown> & { destroy?(): void };
  if ("getReader" in source) return readerOf(source);
  const iterator = source[Symbol.asyncIterator]();
  if (typeof source.destroy !== "function") return iterator;
  return {
    next: () => iterator.next(),
    // Node's streams would first wait for what is being read.
    return(value?: unknown) {
      source.destroy?.();
      return Promise.resolve({ done: true, value });
    },
  };
}

/** The iterator of a stream itself would first wait for what is being read. */
function readerOf(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    async return(value?: unknown) {
      await reader.cancel(value);
      return { done: true, value };
    },
  };
}

/**
 * True for what `await` waits for.
 *
 * @example
 * const textOf = (value: unknown): unknown =>
 *   isThenable(value) ? Promise.resolve(value).then(String) : String(value);
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return (typeof value === "object" && value !== null || typeof value === "function") &&
    typeof (value as { readonly then?: unknown }).then === "function";
}
