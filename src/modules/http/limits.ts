/** What a server allows its clients and handlers: how much at once, and how long. */
import { durationMs, LONGEST_DURATION_MS } from "../../contract/duration.ts";
import type { ControllerContext } from "../../contract/module.ts";
import { createDeadlines } from "./deadlines.ts";
import { RequestError } from "./errors.ts";
import type { ServerFields } from "./resources.ts";

/** Timeouts in milliseconds; `Infinity` for one that is switched off. */
export interface Timeouts {
  readonly header: number;
  readonly body: number;
  readonly idle: number;
  readonly handler: number;
}

/** The timeouts of a server that sets none, where a runtime must know whether they were set. */
export const DEFAULT_HEADER_MS = 10_000;
export const DEFAULT_IDLE_MS = 75_000;

/** The limits of one server. */
export interface RequestLimits {
  readonly maxBodyBytes: number;
  /** Admits one more request. Throws a {@link RequestError} when there are too many. */
  enter(): void;
  /** The counterpart of {@link enter}. */
  leave(): void;
  /** Waits for the rest of a request. Rejects with a {@link RequestError} when it takes too long. */
  untilRead<T>(reading: Promise<T>): Promise<T>;
  /** When a handler that starts now must have ended, in milliseconds since the epoch. */
  handlerDeadline(): number | undefined;
  /** Waits for a handler. Rejects with a {@link RequestError} when it takes too long. */
  untilHandled<T>(
    handling: Promise<T>,
    urn: string,
    method: string,
    path: string,
  ): Promise<T>;
  /** From now on clients get no more than `ms` to send a request. */
  hurryClients(ms: number): void;
  close(): void;
}

/** How soon a client may try again that found the server busy, in seconds. */
const RETRY_AFTER = "1";

/** Reads the timeouts of a server. */
export function timeoutsOf({ timeouts }: Pick<ServerFields, "timeouts">): Timeouts {
  const read = (duration: string | number) => {
    const ms = durationMs(duration) ?? 0;
    return ms === 0 ? Infinity : Math.min(ms, LONGEST_DURATION_MS);
  };
  const { header, body, idle, handler } = timeouts;
  return { header: read(header), body: read(body), idle: read(idle), handler: read(handler) };
}

/** The timeouts of connections that servers share: the longest of each. */
export function longestTimeouts(all: readonly Timeouts[]): Timeouts {
  const longest = (name: keyof Timeouts) => Math.max(...all.map((timeouts) => timeouts[name]));
  return {
    header: longest("header"),
    body: longest("body"),
    idle: longest("idle"),
    handler: longest("handler"),
  };
}

/** Makes the limits of a server. */
export function createLimits(
  { maxBodyBytes, maxInFlight = Infinity }: ServerFields,
  { body, handler }: Timeouts,
  ctx: Pick<ControllerContext, "log">,
): RequestLimits {
  const deadlines = createDeadlines(Math.min(body, handler));
  let inFlight = 0;

  return {
    maxBodyBytes,
    enter() {
      if (inFlight >= maxInFlight) throw tooMany();
      inFlight++;
    },
    leave() {
      inFlight--;
    },
    // Also without a limit, since a stop sets one.
    untilRead: (reading) => deadlines.limit(reading, body, "client", bodyLate),
    handlerDeadline: () => handler === Infinity ? undefined : Date.now() + handler,
    untilHandled(handling, urn, method, path) {
      if (handler === Infinity) return handling;
      return deadlines.limit(handling, handler, "handler", () => {
        const problem = `${urn} did not answer within ${describeMs(handler)} and was aborted`;
        ctx.log.warn(`${method} ${path}: ${problem}`, { method, path, handler: urn });
        return handlerLate();
      });
    },
    hurryClients: deadlines.hurryClients,
    close: deadlines.close,
  };
}

function tooMany(): RequestError {
  return new RequestError(503, "UNAVAILABLE", "The server is busy", {
    headers: { "retry-after": RETRY_AFTER },
  });
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
