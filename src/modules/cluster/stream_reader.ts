/** A result that another node produces while it is read here. */
import type { DiglyError } from "../../contract/author.ts";
import { decodeValue } from "./codec.ts";
import type { StreamHead } from "./frames.ts";

/** How many parts a node sends ahead of its reader. */
export const CREDIT = 16;

/** What a reader says to the node that produces. */
export interface StreamEvents {
  /** Some parts were read, so that as many may follow. */
  readonly onRead: (parts: number) => void;
  /** Nobody reads any more. */
  readonly onCancel: () => void;
  /** The error for parts that were lost on the way. */
  readonly lost: () => DiglyError;
}

/** One stream. */
export interface StreamReader {
  /** What the caller gets. */
  readonly result: unknown;
  /** Takes the part with a number, counted from 0. */
  push(number: number, data: Uint8Array): void;
  /** Takes the end, after `count` parts. */
  end(count: number): void;
  fail(error: unknown): void;
}

/** Makes the result that a head describes. */
export function openReader(head: StreamHead, events: StreamEvents): StreamReader {
  const queue: Uint8Array[] = [];
  let received = 0;
  let read = 0;
  let isOver = false;
  let failure: unknown;
  let wake: (() => void) | undefined;
  const isItems = head.form === "items";

  function over(error?: unknown): void {
    if (isOver) return;
    isOver = true;
    failure = error;
    wake?.();
  }

  async function next(): Promise<IteratorResult<unknown>> {
    while (queue.length === 0 && !isOver) await new Promise<void>((resolve) => wake = resolve);
    const data = queue.shift();
    if (data === undefined) {
      if (failure !== undefined) throw failure;
      return { done: true, value: undefined };
    }
    if (++read % (CREDIT / 2) === 0 && !isOver) events.onRead(CREDIT / 2);
    return { done: false, value: isItems ? decodeValue(data) : data };
  }

  function stop(): void {
    if (isOver) return;
    over();
    events.onCancel();
  }

  return {
    result: resultOf(head, next, stop),
    push(number, data) {
      if (isOver) return;
      if (number !== received) {
        over(events.lost());
        return events.onCancel();
      }
      received++;
      queue.push(data);
      wake?.();
    },
    end: (count) => over(count === received ? undefined : events.lost()),
    fail: over,
  };
}

function resultOf(
  { form, status = 200, headers = [] }: StreamHead,
  next: () => Promise<IteratorResult<unknown>>,
  stop: () => void,
): unknown {
  if (form === "items") {
    return {
      [Symbol.asyncIterator]: () => ({
        next,
        return: (value?: unknown) => (stop(), Promise.resolve({ done: true, value })),
      }),
    };
  }
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    cancel: stop,
  }, { highWaterMark: 0 });
  if (form === "stream") return stream;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  if (!hasBody) stop();
  return new Response(hasBody ? stream : null, {
    status,
    headers: headers.map(([a, b]) => [a, b]),
  });
}
