/** A connection to NATS of a resource that stores something there. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { ModuleCreateContext } from "../../contract/author.ts";
import { createJetStream, type JetStream, NoAnswer } from "./jetstream.ts";
import { textOfFile } from "./manifest_file.ts";
import { connectFailure, connectNats } from "./nats.ts";
import { readCredentials } from "./nats_credentials.ts";
import { describeNats, type NatsTarget } from "./nats_url.ts";

/** How long closing waits for the server to take what was written. */
const CLOSE_MS = 2_000;

/** A connection that is found again when it is lost. */
export interface NatsStore {
  readonly nats: NatsConnection;
  /** Requests wait while the connection is lost, as long as they may take. */
  readonly js: JetStream;
  /** Waits for the connection. Throws {@link NoAnswer} if it does not come back in time. */
  untilUp(): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@link openNatsStore}. */
export interface NatsStoreOptions {
  /** The name that the server shows for the connection. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly onLost?: () => void;
  readonly onReconnect?: () => void;
}

/** The server cannot be used. */
export class NotConnected extends Error {
  /** True if it answers, and does not let this process in. */
  readonly isRefused: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isRefused: boolean }) {
    super(message, options);
    this.isRefused = options.isRefused;
  }
}

/** Connects to the server of a URL. Throws {@link NotConnected}. */
export async function openNatsStore(
  target: NatsTarget,
  { name, timeoutMs, onLost, onReconnect }: NatsStoreOptions,
  ctx: ModuleCreateContext,
): Promise<NatsStore> {
  const login = loginOf(target, ctx);
  const nats = await connectNats(login, {
    name,
    timeoutMs,
    signal: ctx.signal,
    onRetry: (reason) => ctx.log.warn(`Cannot reach ${describeNats(target)} yet: ${reason}`),
  }).catch((cause) => {
    const { reason, isRefused } = connectFailure(cause);
    throw new NotConnected(reason, { isRefused, cause });
  });
  let isUp = true;
  let isClosed = false;
  const waiting = new Set<() => void>();

  function setUp(now: boolean): void {
    if (isUp === now) return;
    isUp = now;
    if (!now) return onLost?.();
    for (const wake of [...waiting]) wake();
    onReconnect?.();
  }

  /** What is written while the connection is lost would be sent later, when nobody expects it. */
  async function untilUp(): Promise<void> {
    if (isClosed) throw new NoAnswer("the connection is closed");
    if (isUp) return;
    await new Promise<void>((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(wake);
        reject(new NoAnswer("the connection is lost"));
      }, timeoutMs);
      waiting.add(wake);
    });
    if (isClosed) throw new NoAnswer("the connection is closed");
  }

  void (async () => {
    for await (const status of nats.status()) {
      if (isClosed) return;
      if (status.type === "disconnect") setUp(false);
      else if (status.type === "reconnect") setUp(true);
      else if (status.type === "error") ctx.log.warn(`NATS: ${status.error.message}`);
    }
  })();

  return {
    nats,
    js: createJetStream(nats, timeoutMs, untilUp),
    untilUp,
    async close() {
      isClosed = true;
      for (const wake of [...waiting]) wake();
      if (isUp) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const late = new Promise((resolve) => timer = setTimeout(resolve, CLOSE_MS));
        await Promise.race([nats.drain().catch(() => {}), late]);
        clearTimeout(timer);
      }
      await nats.close();
    },
  };
}

function loginOf({ server, user, password, token, files }: NatsTarget, ctx: ModuleCreateContext) {
  const text = (path: string | undefined) => textOfFile(path, ["url"], ctx);
  const { caFile, certFile, keyFile, credentialsFile } = files;
  const isTls = server.startsWith("tls:") || caFile !== undefined || certFile !== undefined;
  return {
    servers: [server],
    ...(user === undefined ? {} : { user, password }),
    token,
    credentials: readCredentials(credentialsFile, ["url"], ctx),
    ...(isTls ? { tls: { ca: text(caFile), cert: text(certFile), key: text(keyFile) } } : {}),
  };
}
