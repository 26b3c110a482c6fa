/** Work for a database server that settles early when it takes too long or is aborted. */
import type { RunOptions } from "./database.ts";
import { postgresError } from "./postgres_error.ts";
import { timedOut } from "./sql_error.ts";
import type { Watched } from "./watcher.ts";

/** How long cancelled work may take to end before its connection is given up. */
const CANCEL_MS = 5_000;

/** Some work, whatever its result. */
export interface Work extends Watched {
  /** The client of the driver that does it. */
  readonly client: object;
}

/** What work needs of its connection. */
export interface WorkHost {
  /** How long work may take; 0 for any time. */
  readonly timeoutMs: number;
  /** Called when work has ended, which may be after it has settled. */
  onEnd(work: Work): void;
  /** Called when cancelled work does not end. */
  onStuck(work: Work): void;
}

/** For work that nothing runs for yet. */
export const nothingToCancel = (): Promise<void> => Promise.resolve();

/** Work that can be given up. It is a class so that each statement takes few objects. */
export class BoundedWork<T> implements Work {
  readonly promise: Promise<T>;
  /** Cancels what is running; resolves when the server has been asked to. */
  cancel: () => Promise<void> = nothingToCancel;
  /** True once nobody waits for it any longer. */
  isStopped = false;
  #resolve!: (result: T) => void;
  #reject!: (error: unknown) => void;
  #hasEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unlisten: (() => void) | undefined;
  #stuck: ReturnType<typeof setTimeout> | undefined;
  readonly client: object;
  readonly #start = performance.now();
  readonly #text: string;
  readonly #options: Pick<RunOptions, "signal">;
  readonly #host: WorkHost;

  /** `text` is the statement, for errors. */
  constructor(text: string, options: Pick<RunOptions, "signal">, client: object, host: WorkHost) {
    this.client = client;
    this.#text = text;
    this.#options = options;
    this.#host = host;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Observes the timeout and the signal from now on. */
  watch(): void {
    const { timeoutMs } = this.#host;
    if (timeoutMs !== 0) {
      const left = timeoutMs - (performance.now() - this.#start);
      this.#timer = setTimeout(() => this.#stop(timedOut(timeoutMs)), left);
    }
    const { signal } = this.#options;
    if (signal === undefined) return;
    const abort = () => this.#stop(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
  }

  succeed(result: T): void {
    this.#end();
    this.#resolve(result);
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(postgresError(error, this.#text));
  }

  #stop(error: unknown): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.#reject(error);
    void this.cancel().then(() => {
      if (!this.#hasEnded) this.#stuck = setTimeout(() => this.#host.onStuck(this), CANCEL_MS);
    });
  }

  #end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#stuck);
    this.#unlisten?.();
    this.#host.onEnd(this);
  }
}
