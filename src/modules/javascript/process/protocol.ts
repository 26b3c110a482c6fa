/** What a process that runs a script and its parent say to each other: JSON, one message a line. */
import type { LogLevel } from "../isolation/host.ts";
import type { Outcome } from "../isolation/outcome.ts";

/** From the parent: the script to load comes first, then one execution after the other. */
export type ToChild =
  | {
    readonly type: "load";
    readonly urn: string;
    /** The code, or the URL of the file. */
    readonly code?: string | undefined;
    readonly url?: string | undefined;
    /** Process id of the parent. */
    readonly parent: number;
    /** Bytes that the process may use more than at its start. */
    readonly memory: number;
  }
  | { readonly type: "run"; readonly urn: string; readonly input: string | undefined }
  | {
    readonly type: "answer";
    readonly id: number;
    readonly isOk: boolean;
    readonly json: string | undefined;
  };

/** From the process. */
export type FromChild =
  | { readonly type: "loaded" }
  /** The code or the file has no `main`; the functions that it has. */
  | { readonly type: "noMain"; readonly names: readonly string[] }
  /** How the loading failed, or how an execution ended. */
  | { readonly type: "end"; readonly outcome: Outcome }
  | {
    readonly type: "call";
    readonly id: number;
    readonly urn: string;
    readonly input: string | undefined;
  }
  | {
    readonly type: "log";
    readonly level: LogLevel;
    readonly message: string;
    readonly fields: string | undefined;
  }
  /** It is about to end because it uses more memory than it may. */
  | { readonly type: "memory" };

/** Cuts chunks of bytes into lines. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  // A long line comes in many chunks, which are joined once.
  let pending: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    pending.push(first);
    for (const next of rest) {
      yield pending.join("");
      pending = [next];
    }
  }
}
