/** Work that is done together with other work of the same turn of the event loop. */
import { setImmediate } from "node:timers";

/** Adds work, which must not throw. */
export type Batch = (work: () => void) => void;

/**
 * Makes a batch for answering requests. Those that arrive together over several connections are
 * answered after all of them were read: one after another they take up to twice the CPU time, since
 * kernel, runtime and app displace each other from the caches.
 */
export function createBatch(): Batch {
  let waiting: (() => void)[] = [];

  function runAll(): void {
    const batch = waiting;
    waiting = [];
    for (const work of batch) work();
  }

  return (work) => {
    if (waiting.length === 0) setImmediate(runAll);
    waiting.push(work);
  };
}

/**
 * Answers with the others of a batch. Runtimes that take a response at once spend more on the promise
 * of a request without a body than a batch saves.
 */
export function answerIn<Answer>(
  batch: Batch,
  answer: () => Answer | Promise<Answer>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    batch(() => {
      try {
        resolve(answer());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** True for a request that cannot have a body. */
export function isBodiless({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}
