/** `Queue.Queue`: opens a queue, measures it, and says when its database is lost. */
import {
  fail,
  formatUrn,
  type ModuleCreateContext,
  postgresIdentity,
  type ResourceInstance,
  type RuntimeResource,
  type SqlTransactions,
} from "../../contract/author.ts";
import { resolveSqlitePath } from "../shared/manifest_path.ts";
import { watchServer } from "../shared/server_watch.ts";
import { createApi, type QueueApi } from "./api.ts";
import { type Backend, StoreUnavailable } from "./backend.ts";
import { longDurationMs, type QueueFields } from "./fields.ts";
import { createMeter } from "./meter.ts";
import { describeTarget, parseUrl, secretsOf } from "./url.ts";

/** How long the boot waits before it tries again to connect. */
const RETRY_MS = 250;
const DEFAULT_TIMEOUT_MS = 10_000;

export function create(
  resource: RuntimeResource<QueueFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<QueueApi> {
  const { kind, metadata: { name }, url, maxLength, deadLetter } = resource;
  const urn = formatUrn(kind, name);
  const target = parseUrl(url);
  for (const secret of secretsOf(target)) ctx.secret(secret);
  const store = describeTarget(target);
  const timeoutMs = longDurationMs(resource.timeout) || DEFAULT_TIMEOUT_MS;
  const deadQueue = deadLetter === undefined ? undefined : ctx.use<QueueApi>(deadLetter);
  let backend: Backend | undefined;
  let api: QueueApi | undefined;
  // The backend is open whenever something is measured, checked or sent.
  const meter = createMeter(name, () => backend!.counts(), ctx);
  const watch = watchServer(() => backend!.ping(), {
    name: store,
    log: ctx.log,
    reportUnready: (reason) => ctx.reportUnready(reason),
  });

  async function openTarget(): Promise<Backend> {
    if (target.type === "memory") {
      return (await import("./memory.ts")).openMemory(maxLength, ctx.clock);
    }
    if (target.type === "postgres") {
      return await (await import("./postgres.ts")).openPostgres(target.url, name, timeoutMs);
    }
    if (target.type === "nats") {
      const { openNats } = await import("./nats.ts");
      return await openNats(target, name, { timeoutMs, onLost: watch.suspect }, ctx);
    }
    const { openSqlite } = await import("./sqlite.ts");
    const path = resolveSqlitePath(target.path, ["url"], ctx);
    return await openSqlite(path, name, { timeoutMs, clock: ctx.clock });
  }

  function identity(): string | undefined {
    if (target.type === "postgres") return postgresIdentity(target.url);
    if (target.type !== "sqlite" || target.path === ":memory:") return undefined;
    return `sqlite:${resolveSqlitePath(target.path, ["url"], ctx)}`;
  }

  /** The connections whose transactions messages of this queue may join. */
  function connections(): readonly SqlTransactions[] {
    const own = identity();
    const urns = resource.connections ??
      ctx.getResources("Sql.Connection").map(({ kind, metadata }) =>
        formatUrn(kind, metadata.name)
      );
    const all = urns.map((urn) => ctx.use<SqlTransactions>(urn));
    return own === undefined ? [] : all.filter(({ identity }) => identity === own);
  }

  async function open(): Promise<Backend> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      try {
        return await openTarget();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        const isLate = !error.isTransient || Date.now() + RETRY_MS > end;
        if (isLate || ctx.signal.aborted) {
          const problem = `${urn}: ${store} cannot be used: ${error.message}`;
          throw fail("Queue.Unavailable", { problem }, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return {
    get api() {
      // Modules use the queue once it is initialised.
      return api!;
    },
    async init() {
      backend = await open();
      api = createApi({
        name,
        backend,
        deadQueue,
        connections: connections(),
        maxDeliver: resource.maxDeliver,
        backoff: resource.backoff,
        meter,
        onLost: watch.suspect,
      });
      meter.start();
    },
    async teardown() {
      watch.stop();
      meter.stop();
      if (backend === undefined) return;
      if (target.type === "memory") {
        const { ready, delayed, active, dead } = await backend.counts();
        const lost = ready + delayed + active + dead;
        if (lost > 0) ctx.log.warn(`Messages in memory are lost: ${lost}`);
      }
      await backend.close();
    },
    async snapshot() {
      if (backend === undefined) return { store };
      const { oldestMs, ...counts } = await backend.counts();
      return { store, ...counts, oldestSeconds: oldestMs / 1_000 };
    },
  };
}
