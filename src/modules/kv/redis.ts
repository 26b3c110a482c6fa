/** A store in Redis. A key is a hash of the value `v` and its version `r`; scripts keep it whole. */
import { type Backend, newVersion, NotANumber, StoreUnavailable } from "./backend.ts";

/** Arguments: value, version, milliseconds or "", condition ("" for none), version wanted or "". */
const SET = `
if ARGV[4] ~= "" then
  local version = redis.call("HGET", KEYS[1], "r") or ""
  if version ~= ARGV[5] then return 0 end
end
redis.call("DEL", KEYS[1])
redis.call("HSET", KEYS[1], "v", ARGV[1], "r", ARGV[2])
if ARGV[3] ~= "" then redis.call("PEXPIRE", KEYS[1], ARGV[3]) end
return 1`;

const DELETE = `
local value = redis.call("HGET", KEYS[1], "v")
redis.call("DEL", KEYS[1])
return value`;

/** Arguments: number, version, milliseconds or "". Redis knows integers of 64 bits. */
const INCREMENT = `
local exists = redis.call("EXISTS", KEYS[1])
local value = redis.call("HGET", KEYS[1], "v") or "0"
if not string.match(value, "^%-?%d+$") or #value > 17 then return redis.error_reply("NOTANUMBER The value is not an integer") end
local sum = tonumber(value) + tonumber(ARGV[1])
if math.abs(sum) > 9007199254740991 then return redis.error_reply("NOTANUMBER The number would be beyond 2^53") end
local text = string.format("%.0f", sum)
redis.call("HSET", KEYS[1], "v", text, "r", ARGV[2])
if exists == 0 and ARGV[3] ~= "" then redis.call("PEXPIRE", KEYS[1], ARGV[3]) end
return text`;

/** How many keys Redis looks at in one step of a list. */
const SCAN_COUNT = "1000";

/** Options of {@link openRedis}. */
export interface RedisOptions {
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Called when the connection is lost, and when it is there again. */
  readonly onLost: () => void;
  readonly onReady: () => void;
}

/** Connects to Redis. */
export async function openRedis(
  url: string,
  { prefix, timeoutMs, onLost, onReady }: RedisOptions,
): Promise<Backend> {
  const { Redis } = await import("./ioredis.ts");
  let isClosed = false;
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 2_000),
    // Whether a command that was sent has run is not known, so it is not sent again.
    autoResendUnfulfilledCommands: false,
  });
  client.on("error", () => {}); // Commands fail with the reason.
  client.on("close", () => {
    if (!isClosed) onLost();
  });
  client.on("ready", onReady);

  async function attempt<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const { message } = error as Error;
      const reason = /NOTANUMBER (.*?)(?: script:|$)/.exec(message)?.[1];
      if (reason !== undefined) throw new NotANumber(reason);
      throw new StoreUnavailable(message, { cause: error });
    }
  }

  const run = (script: string, key: string, ...args: string[]) =>
    attempt(() => client.eval(script, 1, prefix + key, ...args));
  const time = (ttlMs: number | undefined) => ttlMs === undefined ? "" : String(Math.ceil(ttlMs));

  try {
    await attempt(() => client.connect());
  } catch (error) {
    isClosed = true;
    client.disconnect();
    throw error;
  }
  return {
    async get(key) {
      const [value, version] = await attempt(() => client.hmget(prefix + key, "v", "r"));
      return typeof value === "string" && typeof version === "string"
        ? { value, version }
        : undefined;
    },
    async set(key, value, { ttlMs, onlyOver }) {
      const version = newVersion();
      const condition = onlyOver === undefined ? "" : "1";
      const written = await run(SET, key, value, version, time(ttlMs), condition, onlyOver ?? "");
      return written === 1 ? version : undefined;
    },
    async delete(key) {
      const value = await run(DELETE, key);
      return typeof value === "string" ? value : undefined;
    },
    increment: async (key, by, ttlMs) =>
      Number(await run(INCREMENT, key, String(by), newVersion(), time(ttlMs))),
    async list(begin, after, limit) {
      const pattern = (prefix + begin).replace(/[*?[\]\\]/g, "\\$&") + "*";
      const keys = new Set<string>();
      let cursor = "0";
      do {
        const [next, found] = await attempt(() =>
          client.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT)
        );
        for (const name of found) {
          const key = name.slice(prefix.length);
          if (after === undefined || key > after) keys.add(key);
        }
        cursor = next;
      } while (cursor !== "0");
      const listed: { key: string; value: string }[] = [];
      for (const key of [...keys].sort()) {
        if (listed.length === limit) break;
        const value = await attempt(() => client.hget(prefix + key, "v"));
        if (value !== null) listed.push({ key, value });
      }
      return listed;
    },
    stats: () => ({}),
    async close() {
      isClosed = true;
      await client.quit().catch(() => client.disconnect());
    },
  };
}
