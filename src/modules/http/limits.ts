/** Limits of a server: concurrent requests, and time for clients and handlers. */
import {
  type ControllerContext,
  durationMs,
  isDiglyError,
  LONGEST_DURATION_MS,
  sizeBytes,
} from "../../contract/author.ts";
import { createDeadlines, type Limit, MONOTONIC } from "./deadlines.ts";
import { endedEarly, RequestError } from "./errors.ts";
import type { ServerFields } from "./resources.ts";
import type { OpenStream } from "./stream.ts";

/** Timeouts in milliseconds; `Infinity` if disabled. */
export interface Timeouts {
  readonly header: number;
  readonly body: number;
  readonly idle: number;
  readonly handler: number;
}

/** Defaults, with which adapters recognise timeouts that were set. They match server.yaml. */
export const DEFAULT_HEADER_MS = 10_000;
export const DEFAULT_IDLE_MS = 75_000;

/** The limits of one server. */
export interface RequestLimits {
  readonly maxBodyBytes: number;
  readonly maxBodyNesting: number;
  /** `timeouts.handler`, in milliseconds. */
  readonly handlerMs: number;
  /** Admits one more request. Throws a {@link RequestError} when there are too many. */
  enter(): void;
  /** The counterpart of {@link enter}. */
  leave(): void;
  /**
   * Waits for the rest of a request, and continues with `next`; with `fail` and a {@link RequestError}
   * when it takes too long, or when the client leaves before its end.
   */
  untilRead<T, Result>(
    reading: Promise<T>,
    next: (read: T) => Result | Promise<Result>,
    fail: (error: unknown) => Result | Promise<Result>,
  ): Promise<Result>;
  /** The deadline of a handler that starts now, in milliseconds since 1970. */
  handlerDeadline(ms?: number): number | undefined;
  /**
   * Waits for a handler. Rejects with a {@link RequestError} when it takes longer than `ms`, which
   * is `timeouts.handler` by default, or than the part of it that middleware has left.
   */
  untilHandled<T>(
    handling: Promise<T>,
    urn: string,
    method: string,
    path: string,
    ms?: number,
    leftMs?: number,
  ): Promise<T>;
  /** Calls `onLate` after `ms`; undefined without a limit. */
  limitMiddleware(ms: number, onLate: () => void): Limit | undefined;
  /** Logs that a handler or middleware is late; the error is for the client. */
  late(urn: string, method: string, path: string, ms: number): RequestError;
  /** The time by which handlers are limited. */
  now(): number;
  /** Counts a stream that is being sent; the returned function is called at its end. */
  addStream(stream: OpenStream): () => void;
  /**
   * Waits until all streams have ended. Those that take longer than a handler may, or than half of
   * the time until `deadline`, which leaves time for teardown, are ended abnormally.
   */
  drainStreams(deadline: number): Promise<void>;
  /** Gives clients at most `ms` from now on to send a request. */
  shortenTimeouts(ms: number): void;
  close(): void;
}

/** Seconds after which a client may retry if the server was busy. */
const RETRY_AFTER = "1";

/** Reads the timeouts of a server. */
export function timeoutsOf({ timeouts }: Pick<ServerFields, "timeouts">): Timeouts {
  const { header, body, idle, handler } = timeouts;
  return {
    header: timeoutMs(header),
    body: timeoutMs(body),
    idle: timeoutMs(idle),
    handler: timeoutMs(handler),
  };
}

/** Reads a timeout; 0 disables it. */
export function timeoutMs(duration: string | number): number {
  const ms = durationMs(duration) ?? 0;
  return ms === 0 ? Infinity : Math.min(ms, LONGEST_DURATION_MS);
}

/**
 * The timeouts of connections that servers share: the longest of each, since it is not known yet
 * which server a request is for. Their `header` and `idle` are equal, which is checked.
 */
export function longestTimeouts(all: readonly Timeouts[]): Timeouts {
  const longest = (name: keyof Timeouts) => Math.max(...all.map((timeouts) => timeouts[name]));
  return {
    header: longest("header"),
    body: longest("body"),
    idle: longest("idle"),
    handler: longest("handler"),
  };
}

/** Creates the limits of a server. */
export function createLimits(
  { maxBodyBytes, maxBodyNesting, maxInFlight = Infinity }: ServerFields,
  { body, handler }: Timeouts,
  ctx: Pick<ControllerContext, "clock" | "log">,
): RequestLimits {
  const { clock } = ctx;
  const clients = createDeadlines(body, MONOTONIC);
  const handlers = createDeadlines(handler, clock);
  const streams = new Set<OpenStream>();
  let onStreamsEnded = () => {};
  let inFlight = 0;

  function late(urn: string, method: string, path: string, ms: number): RequestError {
    const problem = `${urn} did not answer within ${describeMs(ms)} and was aborted`;
    ctx.log.warn(`${method} ${path}: ${problem}`, { method, path, handler: urn });
    return handlerLate();
  }

  return {
    maxBodyBytes: sizeBytes(maxBodyBytes) ?? 0,
    maxBodyNesting,
    handlerMs: handler,
    enter() {
      if (inFlight >= maxInFlight) throw tooMany();
      inFlight++;
    },
    leave() {
      inFlight--;
    },
    // Needed without a timeout too, since a stop sets one.
    untilRead: (reading, next, fail) =>
      clients.limitThen(
        reading,
        body,
        () => fail(bodyLate()),
        next,
        (error) => fail(readFailure(error)),
      ),
    handlerDeadline: (ms = handler) => ms === Infinity ? undefined : clock.now() + ms,
    untilHandled(handling, urn, method, path, ms = handler, leftMs = ms) {
      if (ms === Infinity) return handling;
      return handlers.limit(handling, leftMs, () => late(urn, method, path, ms), isLate);
    },
    limitMiddleware: (ms, onLate) => ms === Infinity ? undefined : handlers.start(ms, onLate),
    late,
    now: () => clock.now(),
    addStream(stream) {
      streams.add(stream);
      return () => {
        streams.delete(stream);
        if (streams.size === 0) onStreamsEnded();
      };
    },
    async drainStreams(deadline) {
      if (streams.size === 0) return;
      const ended = new Promise<void>((resolve) => onStreamsEnded = resolve);
      const patience = Math.max(0, Math.min(handler, (deadline - Date.now()) / 2));
      const timer = setTimeout(() => {
        ctx.log.warn(`Ending ${streams.size} streams that have not ended by themselves`);
        const reason = new Error("The server is stopping");
        for (const stream of [...streams]) stream.stop(reason);
      }, patience);
      await ended;
      clearTimeout(timer);
    },
    shortenTimeouts: clients.shorten,
    close() {
      clients.close();
      handlers.close();
    },
  };
}

/** A handler that obeys its signal fails at the same time as its limit ends. */
function isLate(error: unknown): boolean {
  return isDiglyError(error) && error.code === "ERR_ABORTED" &&
    (error.details as { readonly isLate?: boolean }).isLate === true;
}

function tooMany(): RequestError {
  return new RequestError(503, "UNAVAILABLE", "The server is busy", {
    headers: { "retry-after": RETRY_AFTER },
  });
}

/** A body fails to arrive when its client has left, unless it is refused. */
function readFailure(error: unknown): unknown {
  return error instanceof RequestError ? error : endedEarly();
}

function bodyLate(): RequestError {
  return new RequestError(408, "REQUEST_TIMEOUT", "The request body did not arrive in time", {
    headers: { connection: "close" },
  });
}

function handlerLate(): RequestError {
  return new RequestError(504, "GATEWAY_TIMEOUT", "The request could not be answered in time");
}

function describeMs(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
