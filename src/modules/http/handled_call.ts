/** A request that a handler answers, and options for executions on behalf of requests. */
import type { ExecutionOptions } from "../../contract/author.ts";
import { ClientSignal } from "./client_signal.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestLimits } from "./limits.ts";
import type { Passage } from "./passage.ts";
import type { Target } from "./target.ts";

/**
 * The state of a request that a handler answers, and the options of its execution: one object, since
 * each request has one. What most handlers never ask for is made when it is read.
 */
export class HandledCall implements ExecutionOptions {
  readonly request: Request;
  readonly target: Target;
  readonly exchange: Exchange | undefined;
  readonly passage: Passage | undefined;
  readonly onError: (error: unknown) => never = rethrow;
  deadline?: number;
  /** For an inspector. */
  caller?: string;
  readonly #count: Pick<RequestLimits, "leave">;
  #client: ClientSignal | undefined;
  #hasEnded = false;

  constructor(
    request: Request,
    target: Target,
    exchange: Exchange | undefined,
    passage: Passage | undefined,
    count: Pick<RequestLimits, "leave">,
  ) {
    this.request = request;
    this.target = target;
    this.exchange = exchange;
    this.passage = passage;
    this.#count = count;
  }

  get client(): ClientSignal {
    if (this.#client === undefined) {
      this.#client = new ClientSignal(this.request);
      if (this.#hasEnded) this.#client.release();
    }
    return this.#client;
  }

  signal(): AbortSignal {
    return this.client.signal();
  }

  get traceparent(): string {
    return this.exchange?.traceparent ?? this.request.headers.get("traceparent") ?? "";
  }

  /** Called once nothing more happens to the request. */
  end(): void {
    this.#hasEnded = true;
    this.#client?.release();
    this.#count.leave();
  }
}

/** Asks for the errors of streams to be completed; what a stream fails with is logged then. */
function rethrow(error: unknown): never {
  throw error;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Options for what other modules execute on behalf of a request: plain data, which they may copy. */
export function optionsOf(
  request: Request,
  client: ClientSignal,
  deadline: number | undefined,
  exchange: Exchange | undefined,
): ExecutionOptions {
  const traceparent = exchange?.traceparent ?? request.headers.get("traceparent");
  const options: Writable<ExecutionOptions> = {
    signal: () => client.signal(),
    onError: rethrow,
  };
  if (deadline !== undefined) options.deadline = deadline;
  if (traceparent !== null) options.traceparent = traceparent;
  return options;
}
