/** Observes results that are produced while they are read. */
import type { DiglyError } from "../../contract/errors.ts";
import { formOf, iteratorOf } from "../../contract/results.ts";

/**
 * The same result, whose failure while it is read is passed to `onFailure`; the reader gets what
 * that returns.
 */
export function watchFailure(
  result: AsyncIterable<unknown> | ReadableStream<unknown> | Response,
  onFailure: (error: unknown) => DiglyError | Promise<DiglyError>,
): unknown {
  const form = formOf(result);
  if (form === "response") return watchResponse(result as Response, onFailure);
  if (form === "stream") return watchStream(iteratorOf(result), onFailure);
  return {
    [Symbol.asyncIterator]: () => watchIterator(iteratorOf(result), onFailure),
  };
}

type OnFailure = Parameters<typeof watchFailure>[1];

function watchIterator(
  iterator: AsyncIterator<unknown>,
  onFailure: OnFailure,
): AsyncIterator<unknown> {
  return {
    async next() {
      try {
        return await iterator.next();
      } catch (error) {
        throw await onFailure(error);
      }
    },
    async return(value?: unknown) {
      return await iterator.return?.(value) ?? { done: true, value };
    },
  };
}

function watchStream(
  parts: AsyncIterator<unknown>,
  onFailure: OnFailure,
): ReadableStream<unknown> {
  const iterator = watchIterator(parts, onFailure);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      await iterator.return?.(reason);
    },
  }, { highWaterMark: 0 });
}

function watchResponse(response: Response, onFailure: OnFailure): Response {
  const { body, status, statusText, headers, url } = response;
  if (body === null || body.locked) return response;
  const stream = watchStream(iteratorOf(response), onFailure) as ReadableStream<
    Uint8Array<ArrayBuffer>
  >;
  const watched = new Response(stream, { status, statusText, headers });
  // A response that was fetched is recognised by its URL.
  Object.defineProperty(watched, "url", { value: url });
  return watched;
}
