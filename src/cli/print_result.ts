/** Prints the result of an execution, whatever its form. */
import { fail } from "../contract/errors.ts";
import type { Output } from "../contract/platform.ts";
import { resultJson } from "../contract/result_json.ts";
import { bytesOf, chunkBytes, formOf, iteratorOf } from "../contract/results.ts";

/** When to stop a stream, and how. */
export interface StreamControl {
  /** Aborted when nothing more is to be printed. */
  readonly signal: AbortSignal;
  /** Aborts the execution, for a producer that waits for something. */
  readonly abort: () => void;
}

/** How long a producer may take to stop, in milliseconds. */
const STOP_MS = 5_000;

/**
 * Prints data as JSON, bytes and the bodies of responses as they are, and the items of an async
 * iterable as lines of JSON, each as soon as it is there. A stream is stopped when `control.signal`
 * is aborted, and when the reader of the output has gone.
 */
export async function printResult(
  result: unknown,
  urn: string,
  output: Output,
  control: StreamControl,
): Promise<void> {
  switch (formOf(result)) {
    case "data":
      return output.write(
        resultJson(urn, result, "result", output.isTerminal ? 2 : undefined) + "\n",
      );
    case "bytes":
      return output.write(bytesOf(result));
    case "response":
      if ((result as Response).body === null) return;
      return await printParts(result, (part, place) => chunkOf(part, place, urn), output, control);
    case "stream":
      return await printParts(result, (part, place) => chunkOf(part, place, urn), output, control);
    case "items":
      return await printParts(
        result,
        (item, place) => resultJson(urn, item, place) + "\n",
        output,
        control,
      );
  }
}

async function printParts(
  result: unknown,
  format: (part: unknown, place: string) => string | Uint8Array,
  output: Output,
  { signal, abort }: StreamControl,
): Promise<void> {
  const iterator = iteratorOf(result);
  let isComplete = false;
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  try {
    for (let index = 0;; index++) {
      const part = await Promise.race([iterator.next(), aborted]);
      if (part?.done === true) {
        isComplete = true;
        return;
      }
      if (part === undefined) return;
      output.write(format(part.value, `result[${index}]`));
      if (output.isGone) return;
    }
  } finally {
    if (!isComplete) abort();
    await inTime(Promise.resolve(iterator.return?.()).catch(() => {}));
  }
}

/** Waits for a producer to stop; one that does not must not keep the program from ending. */
async function inTime(stopping: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => timer = setTimeout(resolve, STOP_MS));
  await Promise.race([stopping, late]);
  clearTimeout(timer);
}

function chunkOf(chunk: unknown, place: string, urn: string): Uint8Array {
  const bytes = chunkBytes(chunk);
  if (bytes !== undefined) return bytes;
  throw fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `its result cannot be printed: \`${place}\` of its stream is neither bytes nor text`,
    chain: [urn],
  }, { help: "Return an async iterable, such as an async generator, to print its items as JSON" });
}
