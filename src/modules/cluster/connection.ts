/** The connection to NATS: how it is opened, and what is received on it. */
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import {
  durationMs,
  type ModuleCreateContext,
  type RuntimeResource,
} from "../../contract/author.ts";
import { textOfFile } from "../shared/manifest_file.ts";
import { connectFailure, connectNats, withoutPassword } from "../shared/nats.ts";
import { readCredentials } from "../shared/nats_credentials.ts";
import type { NatsFields } from "./fields.ts";

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
      // A question is rejected when the connection is lost, and at each attempt to connect again; the
      // client repeats the subscriptions then, so only the question is asked again.
      const closed = nats.closed().then(() => false);
      let isFlushed = false;
      while (!isFlushed && !nats.isClosed()) {
        isFlushed = await Promise.race([nats.flush().then(() => true, () => false), closed]);
      }
      if (nats.isClosed()) throw new Error("the connection to NATS was closed");
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
  const { servers, user, password, token, credentialsFile, tls } = resource;
  for (const secret of [password, token]) if (secret !== undefined) ctx.secret(secret);
  const text = (field: "caFile" | "certFile" | "keyFile") =>
    textOfFile(tls?.[field], ["tls", field], ctx);
  const login = {
    servers,
    user,
    password,
    token,
    credentials: readCredentials(credentialsFile, ["credentialsFile"], ctx),
    ...(tls === undefined
      ? {}
      : { tls: { ca: text("caFile"), cert: text("certFile"), key: text("keyFile") } }),
  };
  const timeoutMs = durationMs(resource.timeout) ?? 10_000;
  const names = servers.map(withoutPassword).join(", ");
  try {
    return await connectNats(login, {
      name,
      timeoutMs,
      signal: ctx.signal,
      onRetry: (reason) => ctx.log.warn(`Cannot reach NATS at ${names} yet: ${reason}`),
    });
  } catch (error) {
    const { reason, help, isRefused } = connectFailure(error as Error);
    const login = (["token", "credentialsFile", "user", "tls"] as const).find((field) =>
      resource[field] !== undefined
    );
    throw ctx.problem(
      [isRefused && login !== undefined ? login : "servers"],
      `NATS at ${names} cannot be used: ${reason}`,
      { help, cause: error },
    );
  }
}
