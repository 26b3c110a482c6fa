/** `Http.RateLimit`: limits how many requests a client may send, by GCRA. */
import type {
  HttpMiddleware,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import {
  type CountStore,
  createMemoryCount,
  createSharedCount,
  type Rate,
  type Take,
} from "./rate_count.ts";

/** The fields of an `Http.RateLimit`. */
interface RateLimitFields {
  readonly limit: string;
  readonly key?: string | number | boolean | null;
  /** A `Kv.Store`; the memory of the process without it. */
  readonly store?: string;
}

/** Longer keys are cut, so that clients cannot fill the memory. */
const MAX_KEY_LENGTH = 256;

const PERIODS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Counts requests in memory, or in a store. */
export function create(
  { metadata, limit, key, store }: RuntimeResource<RateLimitFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMiddleware> {
  const rate = parseLimit(limit);
  const { count, periodMs } = rate;
  const keyOf = key === undefined ? undefined : ctx.template(key);
  const memory = createMemoryCount(rate, ctx.clock);
  const prefix = `ratelimit:${metadata.name}:`;
  const take: Take = store === undefined
    ? memory.take
    : createSharedCount(rate, ctx.use<CountStore>(store), prefix, memory.take, ctx);
  const policy = `${count};w=${periodMs / 1_000}`;

  return {
    api: {
      async middleware(_request, next, info) {
        const client = keyOf === undefined ? info.ip : keyOf({ request: info.request });
        if (client === null) return await next();
        const taken = take(String(client).slice(0, MAX_KEY_LENGTH));
        const { waitMs, remaining, resetMs } = taken instanceof Promise ? await taken : taken;
        const response = waitMs === 0 ? await next() : info.refuse({
          status: 429,
          code: "TOO_MANY_REQUESTS",
          message: "Too many requests",
          headers: { "retry-after": seconds(waitMs) },
        });
        response.headers.set("ratelimit-limit", String(count));
        response.headers.set("ratelimit-remaining", String(remaining));
        response.headers.set("ratelimit-reset", seconds(resetMs));
        response.headers.set("ratelimit-policy", policy);
        return response;
      },
    },
    snapshot: () => ({ clients: memory.size() }),
  };
}

/** Reads `100/min`. */
function parseLimit(limit: string): Rate {
  // The schema accepts only this form, and the units of the table.
  const [count, unit] = limit.split("/") as [string, string];
  return { count: Number(count), periodMs: PERIODS_MS[unit[0]!]! };
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)));
}
