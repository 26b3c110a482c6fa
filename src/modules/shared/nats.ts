/** Connecting to NATS. */
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { authenticatorOf, type NatsCredentials } from "./nats_credentials.ts";

/** How long to wait before connecting again, in milliseconds. */
const RETRY_MS = 250;
/** A server that does not answer two pings is left for another one. */
const PING_MS = 5_000;

/** Where a server is, and how to log in. */
export interface NatsLogin {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly credentials?: NatsCredentials | undefined;
  /** The contents of the files; any at all, even none, makes TLS compulsory. */
  readonly tls?: NatsTls | undefined;
}

/** Certificates in PEM. */
export interface NatsTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Options of {@link connectNats}. */
export interface ConnectOptions {
  /** The name that the server shows for the connection. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called with the reason when the first attempt has failed, and another one follows. */
  readonly onRetry: (reason: string) => void;
}

/** Connects; tries until a server answers, for `timeoutMs` at most. */
export async function connectNats(
  { servers, user, password, token, credentials, tls }: NatsLogin,
  { name, timeoutMs, signal, onRetry }: ConnectOptions,
): Promise<NatsConnection> {
  const end = performance.now() + timeoutMs;
  const options = {
    servers: [...servers],
    name,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(credentials === undefined ? {} : { authenticator: authenticatorOf(credentials) }),
    ...(tls === undefined ? {} : { tls: defined(tls) }),
    timeout: Math.max(1_000, Math.min(timeoutMs, 5_000)),
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_MS / 2,
    pingInterval: PING_MS,
    maxPingOut: 2,
  };
  for (let isFirst = true;; isFirst = false) {
    try {
      return await connect(options);
    } catch (error) {
      if (await wantsCertificate(servers, error as Error)) {
        throw new CertificateWanted(tls?.cert !== undefined, { cause: error });
      }
      const isOver = performance.now() + RETRY_MS > end || signal.aborted;
      if (isOver || !isTransient(error as Error)) throw error;
      if (isFirst) onRetry(connectFailure(error as Error).reason);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Thrown for a server that lets in only whoever has a certificate that it knows. */
class CertificateWanted extends Error {
  readonly isWrong: boolean;

  constructor(isWrong: boolean, options: ErrorOptions) {
    super(isWrong ? "it refuses the certificate" : "it asks for a certificate", options);
    this.isWrong = isWrong;
  }
}

/** The client sees only that such a server never answers. */
async function wantsCertificate(servers: readonly string[], error: Error): Promise<boolean> {
  if (error.name !== "TimeoutError") return false;
  const { readGreeting } = await import("./nats_greeting.ts");
  const greetings = await Promise.all(servers.map(readGreeting));
  return greetings.some((greeting) => greeting?.tls_verify === true);
}

/** Why a server cannot be used, as the end of a sentence. */
export interface ConnectFailure {
  readonly reason: string;
  readonly help: string;
  /** True if the server answers, and does not let this process in. */
  readonly isRefused: boolean;
}

/** What {@link connectNats} has thrown, in words. */
export function connectFailure(error: Error): ConnectFailure {
  if (error instanceof CertificateWanted) {
    const fields = "`certFile` and `keyFile`";
    return {
      reason: error.message,
      help: error.isWrong
        ? `Name another one with ${fields}, signed by an authority that the server knows`
        : `Write ${fields} below \`tls\``,
      isRefused: true,
    };
  }
  const cause = error.cause instanceof Error ? error.cause : error;
  return /authoriz|authentic/i.test(error.name + error.message)
    ? {
      reason: "it refuses the credentials",
      help: "Check `user` and `password`, `token`, or `credentialsFile`",
      isRefused: true,
    }
    : {
      reason: cause.message === "" ? error.message : cause.message,
      help: "Check that nats-server runs there, and `tls` if it wants that",
      isRefused: false,
    };
}

/** True for a server that may only be starting. */
function isTransient({ name, message }: Error): boolean {
  if (/Authoriz|Authentic|Permission|Argument/.test(name)) return false;
  return !/certificate|self.signed|unable to verify|altname|tls|authorization/i.test(message);
}

/** A server's address without the credentials in it. */
export function withoutPassword(server: string): string {
  return server.replace(/\/\/[^@/]*@/, "//");
}

/** The client reads fields that are `undefined` as if they were set. */
function defined({ ca, cert, key }: NatsTls) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
