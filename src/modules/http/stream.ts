/** Bodies of responses that are produced while they are sent, the same on every runtime. */

/** What happens to a stream, for whoever opened it. */
export interface StreamEvents {
  /** The first part is about to be produced. */
  onStart(): void;
  /** The producer must stop: the client has gone, or the server stops. */
  onAbort(reason: unknown): void;
  /** The producer failed. */
  onFailure(error: unknown): void;
  /** Called once, after any of the others. */
  onEnd(): void;
}

/** A body that is being sent. */
export interface OpenStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Ends it abnormally, so that the client sees that something is missing. */
  stop(reason: Error): void;
  /** Stops the producer, because the client has gone. */
  abandon(): void;
}

/** What makes a runtime close the connection; Bun would print any other value. */
const BREAK = "Bun" in globalThis ? undefined : new Error("The response broke off");

/** How often something is sent to clients that wait for events, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** When it is sent first: Bun sends the headers of a response only with the first part of its body. */
const FIRST_HEARTBEAT_MS = 100;

/**
 * Opens a stream over `parts`. A part is produced only when the runtime asks for it, that is, when the
 * client has taken the one before. `heartbeat` is sent while nothing else is.
 */
export function openStream(
  parts: AsyncIterator<Uint8Array<ArrayBuffer>>,
  events: StreamEvents,
  heartbeat?: Uint8Array<ArrayBuffer>,
): OpenStream {
  // Constructing a stream calls `start`, which sets it.
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStarted = false;
  let isSent = false;
  let isEnded = false;

  function end(): void {
    isEnded = true;
    clearInterval(timer);
    events.onEnd();
  }

  function abort(reason: unknown): void {
    // Aborted first: a producer that waits for something else learns of the end from its signal.
    events.onAbort(reason);
    stopProducer(parts);
    end();
  }

  function start(): void {
    isStarted = true;
    events.onStart();
    if (heartbeat === undefined) return;
    const beat = () => {
      if (controller.desiredSize === 0) controller.enqueue(heartbeat);
    };
    timer = setTimeout(() => {
      if (!isSent) beat();
      timer = setInterval(beat, HEARTBEAT_MS);
    }, FIRST_HEARTBEAT_MS);
  }

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(own) {
      controller = own;
    },
    async pull() {
      if (!isStarted) start();
      try {
        const { done, value } = await parts.next();
        if (isEnded) return;
        isSent = true;
        if (done !== true) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        if (isEnded) return;
        events.onFailure(error);
        stopProducer(parts);
        end();
        // Bun would drop what it has not sent yet.
        await new Promise((resolve) => setTimeout(resolve, 0));
        controller.error(BREAK);
      }
    },
    cancel(reason) {
      if (!isEnded) abort(reason);
    },
  }, { highWaterMark: 0 });

  return {
    body,
    stop(reason) {
      if (isEnded) return;
      abort(reason);
      controller.error(BREAK);
    },
    abandon() {
      if (!isEnded) abort(undefined);
    },
  };
}

/** Stops a producer, whose own failure to stop concerns nobody any more. */
export function stopProducer(parts: AsyncIterator<unknown>): void {
  try {
    parts.return?.()?.catch(() => {});
  } catch {
    // It has stopped anyway.
  }
}
