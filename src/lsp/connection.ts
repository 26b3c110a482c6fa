/** JSON-RPC over two streams of bytes: requests, notifications, cancellation, and broken input. */
import type { Output } from "../contract/platform.ts";
import { messageOf } from "../contract/errors.ts";
import { encodeFrame, FrameReader } from "./framing.ts";
import { ResponseError } from "./protocol.ts";
import { ownValue } from "../contract/own_key.ts";

/** Answers a request; `signal` is aborted when the client cancels it. */
export type RequestHandler = (params: unknown, signal: AbortSignal) => unknown;

/** What the server does with messages. */
export interface Handlers {
  readonly requests: Readonly<Record<string, RequestHandler>>;
  readonly notifications: Readonly<Record<string, (params: unknown) => void>>;
  /** Why a message with this method cannot be handled now; `undefined` if it can. */
  readonly refusal: (method: string) => ResponseError | undefined;
  /** Writes a line for whoever reads the log of the server. */
  readonly log: (message: string) => void;
}

type Id = number | string;

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

/** A connection to one client. */
export class Connection {
  readonly #output: Output;
  readonly #handlers: Handlers;
  readonly #reader = new FrameReader();
  #requests = 0;
  readonly #running = new Map<Id, AbortController>();

  constructor(output: Output, handlers: Handlers) {
    this.#output = output;
    this.#handlers = handlers;
  }

  /** Handles what has arrived; false once the stream cannot be read further. */
  receive(bytes: Uint8Array): boolean {
    for (const frame of this.#reader.push(bytes)) {
      if (frame.type === "message") {
        this.#handleText(frame.text);
        continue;
      }
      this.#handlers.log(frame.problem);
      this.#respondError(null, new ResponseError("parseError", frame.problem));
      if (frame.type === "broken") return false;
    }
    return true;
  }

  notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  /** Sends a request whose answer makes no difference. */
  request(method: string, params: unknown): void {
    this.#send({ id: `digly-${++this.#requests}`, method, params });
  }

  #handleText(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (error) {
      const problem = `A message is not JSON: ${messageOf(error)}`;
      this.#respondError(null, new ResponseError("parseError", problem));
      return;
    }
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      this.#respondError(null, new ResponseError("invalidRequest", "A message is not an object"));
      return;
    }
    this.#handle(message);
  }

  #handle({ id, method, params }: Message): void {
    if (method === undefined) return; // An answer to a request that the server has not made.
    const isRequest = id !== undefined;
    if (typeof method !== "string" || (isRequest && !isId(id))) {
      const error = new ResponseError("invalidRequest", "A message has no valid method or id");
      if (isRequest || typeof method !== "string") this.#respondError(isId(id) ? id : null, error);
      return;
    }
    if (method === "$/cancelRequest") {
      const cancelled = (params as { readonly id?: unknown } | undefined)?.id;
      if (isId(cancelled)) this.#running.get(cancelled)?.abort();
      return;
    }
    const refusal = this.#handlers.refusal(method);
    if (isRequest) void this.#answer(id as Id, method, params, refusal);
    else if (refusal === undefined) this.#receiveNotification(method, params);
  }

  #receiveNotification(method: string, params: unknown): void {
    const { notifications, log } = this.#handlers;
    // The protocol asks to ignore notifications that are not known.
    const receive = ownValue(notifications, method);
    try {
      receive?.(params);
    } catch (error) {
      log(`${method}: ${messageOf(error)}`);
    }
  }

  async #answer(
    id: Id,
    method: string,
    params: unknown,
    refusal: ResponseError | undefined,
  ): Promise<void> {
    const { requests, log } = this.#handlers;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      if (refusal !== undefined) throw refusal;
      const respond = ownValue(requests, method);
      if (respond === undefined) {
        throw new ResponseError("methodNotFound", `Unknown method "${method.slice(0, 100)}"`);
      }
      const result = await respond(params, controller.signal);
      if (controller.signal.aborted) {
        throw new ResponseError("requestCancelled", "The request was cancelled");
      }
      this.#send({ id, result: result ?? null });
    } catch (error) {
      if (error instanceof ResponseError) this.#respondError(id, error);
      else {
        const cancelled = controller.signal.aborted;
        if (!cancelled) log(`${method}: ${error instanceof Error ? error.stack : String(error)}`);
        const code = cancelled ? "requestCancelled" : "internalError";
        this.#respondError(id, new ResponseError(code, messageOf(error)));
      }
    } finally {
      this.#running.delete(id);
    }
  }

  #respondError(id: Id | null, { code, message }: ResponseError): void {
    this.#send({ id, error: { code, message } });
  }

  #send(message: Readonly<Record<string, unknown>>): void {
    this.#output.write(encodeFrame({ jsonrpc: "2.0", ...message }));
  }
}

function isId(id: unknown): id is Id {
  return typeof id === "string" || Number.isSafeInteger(id);
}
