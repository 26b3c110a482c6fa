/** The connection to NATS: how it is opened, and what is heard on it. */
import { readFileSync } from "node:fs";
import {
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
} from "@nats-io/transport-node";
import {
  type DiglyError,
  durationMs,
  type ModuleCreateContext,
  type Path,
  type RuntimeResource,
} from "../../contract/author.ts";
import { resolvePath } from "../shared/manifest_path.ts";
import type { NatsFields } from "./fields.ts";

/** How long to wait before connecting again, in milliseconds. */
const RETRY_MS = 250;
/** A server that does not answer two pings is left for another one. */
const PING_MS = 5_000;

/** How long closing waits for the server to take what was written. */
const CLOSE_MS = 2_000;

/** What whoever shares the connection may do with it. */
export interface Connection {
  readonly nats: NatsConnection;
  /** The largest message that the server takes, in bytes. */
  readonly maxPayload: number;
  /** False while the connection is lost. */
  isUp(): boolean;
  /** Calls `take` for each message; an error in it is logged, and the connection stays open. */
  listen(subject: string, take: (message: Msg) => void, queue?: string): Subscription;
  publish(subject: string, data: Uint8Array, reply?: string): void;
  /** Waits until the server has everything. Throws if it refused a subscription. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** A subscription. */
export interface Subscription {
  /** Ends it; what the server has sent by then is still taken. */
  drain(): Promise<void>;
}

/** What a node does when its connection changes. */
export interface ConnectionEvents {
  readonly onReconnect: () => void;
  /** The server does not let this process publish to a subject. */
  readonly onDenied: (subject: string, message: string) => void;
}

/** Connects. Throws a `DiglyError` that names the server if that fails. */
export async function openConnection(
  resource: RuntimeResource<NatsFields>,
  name: string,
  ctx: ModuleCreateContext,
  { onReconnect, onDenied }: ConnectionEvents,
): Promise<Connection> {
  const nats = await connectWithin(resource, name, ctx);
  let isUp = true;
  let refused: string | undefined;
  let release: (() => void) | undefined;

  void (async () => {
    for await (const status of nats.status()) {
      if (status.type === "disconnect") {
        isUp = false;
        release ??= ctx.reportUnready("The connection to NATS is lost");
        ctx.log.warn("The connection to NATS is lost");
      } else if (status.type === "reconnect") {
        isUp = true;
        release?.();
        release = undefined;
        ctx.log.info(`Connected to NATS again at ${nats.getServer()}`);
        onReconnect();
      } else if (status.type === "error") {
        const { message } = status.error;
        const { operation, subject } = status.error as { operation?: string; subject?: string };
        if (operation === "subscription") refused = message;
        if (operation === "publish" && subject !== undefined) onDenied(subject, message);
        ctx.log.error(`NATS: ${message}`);
      }
    }
  })();

  return {
    nats,
    maxPayload: nats.info?.max_payload ?? 1 << 20,
    isUp: () => isUp && !nats.isClosed(),
    listen(subject, take, queue) {
      return nats.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        // The client calls back with an error and no message when the server refuses the
        // subscription; what is thrown here would end the reading of the connection.
        callback(error, message) {
          if (error !== null) {
            refused = error.message;
            return;
          }
          try {
            take(message);
          } catch (thrown) {
            ctx.log.error(`A message was not understood: ${(thrown as Error).message}`);
          }
        },
      });
    },
    publish(subject, data, reply) {
      if (nats.isClosed()) return;
      nats.publish(subject, data, reply === undefined ? {} : { reply });
    },
    async settle() {
      await nats.flush();
      if (refused === undefined) return;
      throw ctx.problem([], `the server refuses what this node needs: ${refused}`, {
        help: "Give its user the permissions of its roles; docs/cluster.md lists them",
      });
    },
    async close() {
      release?.();
      if (nats.isClosed()) return;
      const drained = nats.drain().catch(() => {});
      // Without a connection there is nothing to write, and drain would wait for one.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise((resolve) => timer = setTimeout(resolve, CLOSE_MS));
      if (isUp) await Promise.race([drained, late]);
      clearTimeout(timer);
      await nats.close();
    },
  };
}

/** Tries until the server answers, as long as `timeout` says. */
async function connectWithin(
  resource: RuntimeResource<NatsFields>,
  name: string,
  ctx: ModuleCreateContext,
): Promise<NatsConnection> {
  const { servers, user, password, token, credentialsFile } = resource;
  for (const secret of [password, token]) if (secret !== undefined) ctx.secret(secret);
  const timeoutMs = durationMs(resource.timeout) ?? 10_000;
  const end = performance.now() + timeoutMs;
  const options = {
    servers: [...servers],
    name,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(credentialsFile === undefined ? {} : {
      authenticator: credsAuthenticator(readFile(credentialsFile, ["credentialsFile"], ctx)),
    }),
    ...tlsOf(resource, ctx),
    timeout: Math.max(1_000, Math.min(timeoutMs, 5_000)),
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_MS / 2,
    pingInterval: PING_MS,
    maxPingOut: 2,
  };
  for (;;) {
    try {
      return await connect(options);
    } catch (error) {
      const isOver = performance.now() + RETRY_MS > end || ctx.signal.aborted;
      if (isOver || !isTransient(error as Error)) throw notConnected(error as Error, resource, ctx);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** True for a server that may only be starting. */
function isTransient({ name, message }: Error): boolean {
  if (/Authoriz|Authentic|Permission|Argument/.test(name)) return false;
  return !/certificate|self.signed|unable to verify|altname|tls|authorization/i.test(message);
}

function notConnected(
  error: Error,
  { servers }: NatsFields,
  ctx: ModuleCreateContext,
): DiglyError {
  const cause = error.cause instanceof Error ? error.cause : error;
  const reason = cause.message === "" ? error.message : cause.message;
  const isRefused = /authoriz|authentic/i.test(error.name + error.message);
  return ctx.problem(
    isRefused ? ["user"] : ["servers"],
    `NATS at ${servers.map(withoutPassword).join(", ")} cannot be used: ${
      isRefused ? "it refuses the credentials" : reason
    }`,
    {
      help: isRefused
        ? "Check `user` and `password`, `token`, or `credentialsFile`"
        : "Check that nats-server runs there, and `tls` if it wants that",
      cause: error,
    },
  );
}

/** A server's address without the credentials in it. */
function withoutPassword(server: string): string {
  return server.replace(/\/\/[^@/]*@/, "//");
}

function tlsOf({ tls }: NatsFields, ctx: ModuleCreateContext) {
  if (tls === undefined) return {};
  const read = (field: "caFile" | "certFile" | "keyFile") =>
    tls[field] === undefined ? undefined : textOf(readFile(tls[field], ["tls", field], ctx));
  const [ca, cert, key] = [read("caFile"), read("certFile"), read("keyFile")];
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A file that a field names, relative to its manifest. */
function readFile(path: string, at: Path, ctx: ModuleCreateContext): Uint8Array {
  try {
    return readFileSync(resolvePath(path, at, ctx));
  } catch (cause) {
    throw ctx.problem(at, `the file "${path}" cannot be read`, {
      help: "Write the path of a file, relative to this one",
      cause,
    });
  }
}
