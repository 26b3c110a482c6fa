/** A call to another node, from its first message to its result. */
import {
  type DiglyError,
  fail,
  LONGEST_DURATION_MS,
  type RemoteCall,
} from "../../contract/author.ts";
import type { StreamReader } from "./stream_reader.ts";

/** One call. */
export interface Attempted {
  readonly call: RemoteCall;
  readonly body: readonly Uint8Array[];
  readonly large: boolean;
  readonly startedAt: number;
  readonly deadlineAt: number;
  subject: string;
  /** The subject of the key's shard, for a keyed role. */
  readonly keySubject: string | undefined;
  id: string;
  attempts: number;
  /** How often nobody has offered to take it. */
  silences: number;
  runs: number;
  /** The node that runs it. */
  node: string | undefined;
  grantedAt: number;
  /** Since when no node listens. */
  missingSince: number | undefined;
  chunks: Uint8Array[];
  reader: StreamReader | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** True once it has a result, or none is waited for. */
  isOver: boolean;
  settle(): void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What becomes of a call. */
export interface AttemptEvents {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onOutcome: (outcome: string) => void;
  /** Its caller waits no longer. */
  readonly cancel: (one: Attempted) => void;
}

/** Creates a call, which ends at its deadline or when its caller aborts it. */
export function createAttempt(
  call: RemoteCall,
  body: readonly Uint8Array[],
  keySubject: string | undefined,
  { resolve, reject, onOutcome, cancel }: AttemptEvents,
): Attempted {
  const { urn, signal, wire: { remainingMs } } = call;
  const startedAt = performance.now();
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const one: Attempted = {
    call,
    body,
    large: body.length > 1,
    startedAt,
    deadlineAt: startedAt + (remainingMs ?? Infinity),
    subject: "",
    keySubject,
    id: "",
    attempts: 0,
    silences: 0,
    runs: 0,
    node: undefined,
    grantedAt: 0,
    missingSince: undefined,
    chunks: [],
    reader: undefined,
    timer: undefined,
    isOver: false,
    settle() {
      one.isOver = true;
      clearTimeout(deadline);
      signal?.removeEventListener("abort", abort);
    },
    resolve(value) {
      onOutcome("ok");
      one.settle();
      resolve(value);
    },
    reject(error) {
      if (!one.isOver) onOutcome((error as DiglyError).code ?? "error");
      one.settle();
      one.reader?.fail(error);
      reject(error);
    },
  };
  function abort(): void {
    cancel(one);
    one.reject(fail("ERR_ABORTED", { problem: `${urn} was aborted` }));
  }
  signal?.addEventListener("abort", abort, { once: true });
  if (remainingMs !== undefined) {
    deadline = setTimeout(() => {
      cancel(one);
      const problem = `${urn} was aborted: its deadline has passed`;
      one.reject(fail("ERR_ABORTED", { problem, isLate: true }));
    }, Math.min(remainingMs, LONGEST_DURATION_MS));
  }
  if (signal?.aborted) abort();
  return one;
}
