/** Answers what Node's own parser refuses, with the same body as other refused requests. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { PublicError } from "./public_error.ts";
import { errorBody } from "./respond.ts";

/** What is known about the requests of a connection. */
export interface RefusableConnection {
  /** Requests whose response has not been sent yet. */
  readonly unanswered: number;
  /** The response to the latest request, until all requests are answered. */
  readonly latest: ServerResponse | undefined;
  /** Called whenever a response has been sent. */
  onAnswered?: () => void;
}

/**
 * How long a client may continue to send after its response. A connection that is closed with bytes
 * left to read is reset, and then the client may lose the response.
 */
const LINGER_MS = 500;

const MALFORMED: PublicError = {
  status: 400,
  code: "BAD_REQUEST",
  message: "The request is malformed",
};

/** Errors of the parser that have a status of their own. */
const REFUSALS: Readonly<Record<string, PublicError>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: "HEADERS_TOO_LARGE",
    message: "The request line and the headers are too large",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
    message: "The extensions of the chunks are too large",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "REQUEST_TIMEOUT",
    message: "The request did not arrive in time",
  },
};

/** What a parser has refused. */
export function refuseMalformed(
  error: Error,
  socket: Duplex,
  connection: RefusableConnection | undefined,
): void {
  const refusal = refusalOf(error);
  // The connection, or its handshake, has failed.
  if (refusal === undefined || connection === undefined) {
    socket.destroy();
    return;
  }
  const { latest } = connection;
  refuse(refusal, socket, connection, latest?.req.complete === false ? latest : undefined);
}

/** A `CONNECT`, whose target is not one that a server other than a proxy has. */
export function refuseConnect(socket: Duplex, connection: RefusableConnection | undefined): void {
  if (connection === undefined) socket.destroy();
  else refuse({ ...MALFORMED, message: "The request target is malformed" }, socket, connection);
}

/**
 * Refuses what a connection sends, and closes it. Requests that arrived complete are answered first,
 * so that none of them gets this response; nothing is sent after a response that has begun.
 */
function refuse(
  refusal: PublicError,
  socket: Duplex,
  connection: RefusableConnection,
  broken?: ServerResponse,
): void {
  // The parser reports what arrives after a mistake as well.
  if (connection.onAnswered !== undefined) return;
  connection.onAnswered = () => {
    if (!socket.writable) socket.destroy();
    else if (broken?.writableFinished === true) socket.end();
    else if (connection.unanswered > (broken === undefined ? 0 : 1)) return;
    else if (broken?.headersSent === true) socket.destroy();
    else sendLast(refusal, socket);
  };
  connection.onAnswered();
}

function sendLast(refusal: PublicError, socket: Duplex): void {
  const { status } = refusal;
  const body = JSON.stringify(errorBody(refusal));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      "content-type: application/json\r\n" +
      `content-length: ${body.length}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

function refusalOf({ code = "" }: Error & { readonly code?: string }): PublicError | undefined {
  return REFUSALS[code] ?? (code.startsWith("HPE_") ? MALFORMED : undefined);
}
