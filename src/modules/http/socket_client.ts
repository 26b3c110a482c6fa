/** One client of an `Http.Socket`: its messages in order, what is sent to it, and its end. */
import { type ControllerContext, fail, formOf, iteratorOf } from "../../contract/author.ts";
import { RequestError } from "./errors.ts";
import { logFailure } from "./failure_log.ts";
import { type PublicError, publicError } from "./public_error.ts";
import { errorBody } from "./respond.ts";
import type { Member } from "./socket_hub.ts";
import type { Messages } from "./socket_messages.ts";
import { CLOSE, type Connection, type ConnectionEvents } from "./socket_upgrade.ts";
import { stopProducer } from "./stream.ts";

/** The events that a handler can be written for. */
export type HandlerName = "onOpen" | "onMessage" | "onClose";

/** The names that expressions of a handler may use. */
export type SocketScope = Readonly<Record<string, unknown>>;

/** A compiled handler. */
export interface SocketHandler {
  readonly urn: string;
  readonly inputs: (scope: SocketScope) => unknown;
}

/** What the clients of a socket have in common. */
export interface ClientOptions {
  readonly handlers: Readonly<Partial<Record<HandlerName, SocketHandler>>>;
  readonly messages: Messages;
  /** `Infinity` without a limit. */
  readonly timeoutMs: number;
  readonly pingMs: number;
  readonly maxMessageBytes: number;
  readonly maxBufferedBytes: number;
  readonly ctx: ControllerContext;
  readonly onGone: (client: Client) => void;
}

/** The request that a client has connected with. */
export interface Opened {
  readonly id: string;
  readonly path: string;
  /** `request` and `socket`. */
  readonly scope: SocketScope;
  readonly traceparent: string | undefined;
}

/** A connected client. */
export interface Client extends Member {
  readonly events: ConnectionEvents;
  /** Disconnects it. */
  close(code: number, reason: string): void;
  terminate(): void;
  /** Resolves when it has gone and everything that it has sent is handled. */
  readonly finished: Promise<void>;
}

/** Messages of a client that may wait for their handler, and their size. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 4 * 2 ** 20;
/** Streams that a client may receive at a time. */
const MAX_STREAMS = 16;
/** A stream continues when less than that waits to be sent. */
const LOW_WATER_BYTES = 65_536;
const POLL_MS = 20;
/** How long a client may take to answer that the connection closes. */
const CLOSE_PATIENCE_MS = 5_000;

const encoder = new TextEncoder();

/** Starts to serve a client. */
export function createClient(
  connection: Connection,
  { id, path, scope, traceparent }: Opened,
  options: ClientOptions,
): Client {
  const { handlers, messages, timeoutMs, pingMs, maxMessageBytes, maxBufferedBytes, ctx } = options;
  const streams = new Set<() => void>();
  let work = Promise.resolve();
  let waiting = 0;
  let waitingBytes = 0;
  let isAlive = true;
  let isClosing = false;
  let isGone = false;
  let cancelPing = () => {};
  let cancelClose = () => {};
  let finish = () => {};
  const finished = new Promise<void>((resolve) => finish = resolve);

  function keepAlive(): void {
    const { ping } = connection;
    if (ping === undefined) return;
    cancelPing = ctx.clock.setTimeout(() => {
      if (!isAlive) return terminate();
      isAlive = false;
      ping();
      keepAlive();
    }, pingMs);
  }

  function terminate(): void {
    connection.terminate();
    // Not every runtime says so.
    closed(CLOSE.abnormal, "");
  }

  function close(code: number, reason: string): void {
    if (isClosing || isGone) return;
    isClosing = true;
    connection.close(code, reason);
    cancelClose = ctx.clock.setTimeout(terminate, CLOSE_PATIENCE_MS);
  }

  function send(frame: string | Uint8Array): void {
    if (isClosing || isGone) return;
    if (connection.buffered() > maxBufferedBytes) {
      ctx.log.debug("A client was too slow and was disconnected", { path, id });
      return close(CLOSE.tryLater, "The client is too slow");
    }
    connection.send(frame);
  }

  /** Does one thing after the other. */
  function enqueue(task: () => Promise<void>): void {
    work = work.then(task);
  }

  /** Executes a handler; gives its result. */
  async function execute(
    { urn, inputs }: SocketHandler,
    more: SocketScope,
    signal: AbortSignal,
  ): Promise<unknown> {
    return await ctx.execute(urn, inputs({ ...scope, ...more }), {
      signal,
      ...(timeoutMs === Infinity ? {} : { deadline: Date.now() + timeoutMs }),
      ...(traceparent === undefined ? {} : { traceparent }),
    });
  }

  /** Executes a handler and sends its result, or why it failed; true if it did not fail. */
  async function answer(name: HandlerName, more: SocketScope): Promise<PublicError | undefined> {
    const handler = handlers[name];
    if (handler === undefined) return undefined;
    const controller = new AbortController();
    try {
      const result = await execute(handler, more, controller.signal);
      const form = formOf(result);
      if (form === "items" || form === "stream") {
        void pump(name, iteratorOf(result), controller);
      } else if (form === "response") {
        throw unsendable(handler.urn, "a Response");
      } else if (result !== undefined && result !== null) {
        send(messages.write(result, "result"));
      }
      return undefined;
    } catch (error) {
      return report(name, error);
    }
  }

  /** Sends the items of a stream as fast as the client takes them. */
  async function pump(
    name: HandlerName,
    items: AsyncIterator<unknown>,
    controller: AbortController,
  ): Promise<void> {
    const stop = () => {
      controller.abort(new Error("The client has gone"));
      stopProducer(items);
    };
    if (isGone || isClosing) return stop();
    if (streams.size >= MAX_STREAMS) {
      stop();
      report(
        name,
        new RequestError(503, "UNAVAILABLE", "Too many streams are sent to this client"),
      );
      return;
    }
    streams.add(stop);
    try {
      for (let index = 0;; index++) {
        const { done, value } = await items.next();
        if (done === true || isGone || isClosing) break;
        send(messages.write(value, `result[${index}]`));
        while (connection.buffered() > LOW_WATER_BYTES && !isGone && !isClosing) {
          await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        }
      }
    } catch (error) {
      stopProducer(items);
      if (!isGone) report(name, error);
    } finally {
      streams.delete(stop);
    }
  }

  /** Reports a failure to the client, and logs it if it is not the client's fault. */
  function report(name: HandlerName, error: unknown): PublicError {
    const known = error instanceof RequestError ? error : ctx.redact(publicError(error));
    const id = known.status < 500 || error instanceof RequestError
      ? undefined
      : logFailure(error, name, path, ctx);
    try {
      send(JSON.stringify(errorBody(known, id)));
    } catch {
      // The data of an error may be anything, such as a BigInt.
      send(JSON.stringify(errorBody({ ...known, data: undefined }, id)));
    }
    return known;
  }

  function closed(code: number, reason: string): void {
    if (isGone) return;
    isGone = true;
    cancelPing();
    cancelClose();
    for (const stop of streams) stop();
    options.onGone(client);
    enqueue(async () => {
      if (handlers.onClose !== undefined) {
        const { signal } = new AbortController();
        await execute(handlers.onClose, { close: { code, reason } }, signal)
          .catch((error) => void logFailure(error, "onClose", path, ctx));
      }
      finish();
    });
  }

  const events: ConnectionEvents = {
    message(data) {
      isAlive = true;
      if (isClosing || isGone) return;
      const size = sizeOf(data, maxMessageBytes);
      if (size > maxMessageBytes) return close(CLOSE.tooBig, "The message is too large");
      if (handlers.onMessage === undefined) return;
      if (waiting >= MAX_WAITING || waitingBytes > MAX_WAITING_BYTES) {
        return close(CLOSE.policy, "Too many messages are waiting to be handled");
      }
      waiting++;
      waitingBytes += size;
      enqueue(async () => {
        try {
          await answer("onMessage", { message: messages.read(data) });
        } catch (error) {
          report("onMessage", error);
        } finally {
          waiting--;
          waitingBytes -= size;
        }
      });
    },
    pong() {
      isAlive = true;
    },
    closed,
  };

  keepAlive();
  const client: Client = { id, events, send, close, terminate, finished };
  enqueue(async () => {
    const failure = await answer("onOpen", {});
    if (failure === undefined) return;
    close(failure.status < 500 ? CLOSE.policy : CLOSE.internal, failure.code);
  });
  return client;
}

/** The size of a message in bytes; text is only encoded if that can matter. */
function sizeOf(data: string | Uint8Array, limit: number): number {
  if (typeof data !== "string" || data.length > limit) return data.length;
  return data.length * 3 <= limit ? data.length : encoder.encode(data).length;
}

function unsendable(urn: string, what: string): Error {
  return fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `its result cannot be sent over a WebSocket: it is ${what}`,
    chain: [urn],
  }, { help: "Return data, bytes or an async iterable" });
}
