/** Several things at the same time, which end together. */
import { inPart, isAborted, type Run } from "./run.ts";

/**
 * Calls `work` for each index below `count`, at most `width` at the same time. When one fails, the
 * others are aborted; the failure is thrown when all have ended.
 */
export function inParallel(
  count: number,
  width: number,
  run: Run,
  work: (index: number, part: Run) => Promise<void>,
): Promise<void> {
  return inPart(run, async (part, abort) => {
    let failure: { readonly error: unknown } | undefined;
    let next = 0;
    const worker = async () => {
      while (next < count && failure === undefined && !isAborted(part)) {
        try {
          await work(next++, part);
        } catch (error) {
          if (failure === undefined) {
            failure = { error };
            abort(new DOMException("Another one has failed", "AbortError"));
          }
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
    if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
    part.outer.throwIfAborted();
    part.signal?.throwIfAborted();
  });
}
