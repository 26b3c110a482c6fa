/** Bodies of requests as streams, within the limits of the server. */
import { tooLarge } from "./body.ts";
import { endedEarly, RequestError } from "./errors.ts";
import type { RequestLimits } from "./limits.ts";

/**
 * The body of a request, which is read while it arrives; null if there is none. It fails with a
 * {@link RequestError} if it does not arrive within `timeouts.body`, or is larger than `maxBytes`.
 */
export function streamBody(
  { body, headers }: Request,
  limits: RequestLimits,
  maxBytes: number,
): ReadableStream<Uint8Array> | null {
  if (Number(headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
  if (body === null || !isFramed(headers)) return null;
  const reader = body.getReader();
  let size = 0;
  let settle = () => {};
  const whole = limits.untilRead(
    new Promise<void>((resolve) => settle = resolve),
    () => {},
    (error) => {
      throw error;
    },
  );
  return new ReadableStream({
    start(controller) {
      whole.catch((error: unknown) => {
        controller.error(error);
        reader.cancel().catch(() => {});
      });
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          settle();
          return controller.close();
        }
        size += value.byteLength;
        if (size > maxBytes) throw tooLarge(maxBytes);
        controller.enqueue(value);
      } catch (error) {
        settle();
        const isOwn = error instanceof RequestError;
        controller.error(isOwn ? error : endedEarly());
        if (isOwn) reader.cancel().catch(() => {});
      }
    },
    async cancel(reason) {
      settle();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** Whether there is a body, which HTTP/1.1 says by one of these headers; HTTP/2, of Deno, needs none. */
function isFramed(headers: Headers): boolean {
  const length = headers.get("content-length");
  if (length !== null) return Number(length) > 0;
  return headers.has("transfer-encoding") || "Deno" in globalThis;
}
