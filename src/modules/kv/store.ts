/** `Kv.Store`: opens a store, and says when it is lost. */
import {
  durationMs,
  fail,
  formatUrn,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import { resolveSqlitePath } from "../shared/manifest_path.ts";
import { type Backend, StoreRefuses, StoreUnavailable } from "./backend.ts";
import { describeTarget, parseUrl, secretsOf } from "./url.ts";

/** The fields of a store. */
interface StoreFields {
  readonly url: string;
  readonly prefix: string;
  readonly timeout: string | number;
  readonly maxKeys: number;
}

/** How long the boot waits before it tries again to connect. */
const RETRY_MS = 250;

export function create(
  resource: RuntimeResource<StoreFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<Backend> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const target = parseUrl(resource.url);
  for (const secret of secretsOf(target)) ctx.secret(secret);
  const name = describeTarget(target);
  const timeoutMs = durationMs(resource.timeout) || 5_000;
  let backend: Backend | undefined;
  let takeBack: (() => void) | undefined;

  function onLost(): void {
    if (backend === undefined || takeBack !== undefined) return;
    ctx.log.error(`Lost ${name}`);
    takeBack = ctx.reportUnready(`${name} does not answer`);
  }

  function onReady(): void {
    if (takeBack === undefined) return;
    takeBack();
    takeBack = undefined;
    ctx.log.info(`${name} answers again`);
  }

  async function openTarget(): Promise<Backend> {
    const now = () => ctx.clock.now();
    if (target.type === "memory") {
      return (await import("./memory.ts")).openMemory(resource.maxKeys, now);
    }
    if (target.type === "redis") {
      const { openRedis } = await import("./redis.ts");
      return await openRedis(target.url, { prefix: resource.prefix, timeoutMs, onLost, onReady });
    }
    if (target.type === "nats") {
      const { openNats } = await import("./nats.ts");
      return await openNats(target, { prefix: resource.prefix, timeoutMs, onLost, onReady }, ctx);
    }
    const { openSqlite } = await import("./sqlite.ts");
    return await openSqlite(resolveSqlitePath(target.path, ["url"], ctx), timeoutMs, now);
  }

  return {
    get api() {
      // Modules use the store once it is initialised.
      return backend!;
    },
    async init() {
      const end = Date.now() + timeoutMs;
      while (backend === undefined) {
        try {
          backend = await openTarget();
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error;
          const isServer = target.type === "redis" || target.type === "nats";
          const isFinal = !isServer || error instanceof StoreRefuses;
          const isLate = isFinal || Date.now() + RETRY_MS > end;
          if (isLate || ctx.signal.aborted) {
            const problem = `${urn}: ${name} cannot be used: ${error.message}`;
            throw fail("Kv.Unavailable", { problem }, { cause: error });
          }
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    },
    teardown: () => backend?.close(),
    snapshot: () => ({ store: name, ...backend?.stats() }),
  };
}
