/** Kinds of the library beside their driver alone: the same work written by hand, in the same process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startNats } from "../tests/servers/nats.ts";
import { startPostgres } from "../tests/servers/postgres.ts";
import { startRedis } from "../tests/servers/redis.ts";
import { openAuth } from "./kinds/auth.ts";
import { openInProcess } from "./kinds/in_process.ts";
import { type Opened, type Pair } from "./kinds/pairs.ts";
import { openResilience } from "./kinds/resilience.ts";
import { openHttp, openNats, openPostgres, openRedis, openSqlite } from "./kinds/stores.ts";
import { type Case, interleave, type Table } from "./measure.ts";

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
  const database = await startPostgres();
  const redis = await startRedis();
  const nats = await startNats();
  for (const server of [database, redis, nats]) {
    if (typeof server === "string") console.log(`A server is not measured: ${server}\n`);
  }
  const opened: Opened[] = [];
  try {
    opened.push(await openInProcess(folder), await openResilience(), await openAuth());
    opened.push(await openSqlite(folder));
    if (typeof database !== "string") opened.push(await openPostgres(database.url));
    if (typeof redis !== "string") opened.push(await openRedis(redis.url));
    if (typeof nats !== "string") opened.push(await openNats(nats.url));
    opened.push(await openHttp(process.execPath));
    const tables: Table[] = [];
    for (const { pairs } of opened) {
      for (const pair of pairs) tables.push(await measurePair(pair, quick));
    }
    return tables;
  } finally {
    for (const { close } of opened) await close();
    if (typeof nats !== "string") await nats.remove();
    if (typeof redis !== "string") await redis.stop();
    if (typeof database !== "string") await database.remove();
    rmSync(folder, { recursive: true });
  }
}

async function measurePair(
  { title, calls, atOnce = 1, digly, byHand }: Pair,
  quick: boolean,
): Promise<Table> {
  const calling = (name: string, call: () => unknown): Case => ({
    name,
    async once() {
      const before = process.cpuUsage();
      let left = calls;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        while (left-- > 0) await call();
      }));
      const { user, system } = process.cpuUsage(before);
      return (user + system) / calls;
    },
  });
  return {
    title,
    unit: "µs of CPU",
    rows: await interleave(
      [calling("digly", digly), calling("by hand", byHand)],
      quick ? 3 : 7,
    ),
  };
}
