/** `Http.RateLimit`: limits how many requests a client may send, by GCRA. */
import type {
  HttpMiddleware,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";

/** The fields of an `Http.RateLimit`. */
interface RateLimitFields {
  readonly limit: string;
  readonly key?: string | number | boolean | null;
}

/** More clients than that are not remembered; the one that was not seen for longest is forgotten. */
const MAX_KEYS = 100_000;
/** Longer keys are cut, so that clients cannot fill the memory. */
const MAX_KEY_LENGTH = 256;

const PERIODS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Counts requests in memory. */
export function create(
  { limit, key }: RuntimeResource<RateLimitFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMiddleware> {
  const { count, periodMs } = parseLimit(limit);
  const intervalMs = periodMs / count;
  const keyOf = key === undefined ? undefined : ctx.template(key);
  /** When each client will have all of its requests again, in the order in which they were seen. */
  const fullAt = new Map<string, number>();
  const policy = `${count};w=${periodMs / 1_000}`;

  /** Takes a request of a client. `waitMs` is above 0 if it has none left. */
  function take(client: string): { waitMs: number; remaining: number; resetMs: number } {
    const now = ctx.clock.now();
    const before = Math.max(fullAt.get(client) ?? now, now);
    const after = before + intervalMs;
    const waitMs = after - periodMs - now;
    // A difference below a microsecond comes from rounding.
    if (waitMs > 1e-3) return { waitMs, remaining: 0, resetMs: before - now };
    fullAt.delete(client);
    fullAt.set(client, after);
    if (fullAt.size > MAX_KEYS) fullAt.delete(fullAt.keys().next().value!);
    const remaining = Math.floor((periodMs - (after - now)) / intervalMs + 1e-6);
    return { waitMs: 0, remaining, resetMs: after - now };
  }

  return {
    api: {
      async middleware(_request, next, info) {
        const client = keyOf === undefined ? info.ip : keyOf({ request: info.request });
        if (client === null) return await next();
        const { waitMs, remaining, resetMs } = take(String(client).slice(0, MAX_KEY_LENGTH));
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
    snapshot: () => ({ clients: fullAt.size }),
  };
}

/** Reads `100/min`; the schema has checked it. */
function parseLimit(limit: string): { readonly count: number; readonly periodMs: number } {
  const [count, unit] = limit.split("/") as [string, string];
  return { count: Number(count), periodMs: PERIODS_MS[unit[0]!]! };
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)));
}
