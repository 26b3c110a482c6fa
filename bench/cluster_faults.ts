/**
 * What happens to calls between processes when something fails, and what calls cost when nothing does.
 * Starts a nats-server and workers of its own; the log of the workers says what has run. Prints one
 * line of JSON for each scenario.
 *
 *     node bench/cluster_faults.ts [scenario…]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Kernel } from "../mod.ts";
import { type NatsServer, startNats } from "../tests/servers/nats.ts";
import { startProxy } from "../tests/servers/proxy.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
/** How long calls are made, and when the fault comes, in milliseconds. */
const [CALLS_MS, FAULT_MS] = [6_000, 1_500];
const IN_FLIGHT = 50;
const JOB_MS = 50;
const PASSWORD = "correct-horse";
/** What makes another release of the app: a field that changes its generation. */
const NEWER = "inputSchema: { id: string, ms: integer, poison: boolean }";

const APP = (skew: string, extra = "", login = "") =>
  `name: faults
imports: [digly:javascript, digly:cluster]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["\${{ env.NATS_URL }}"]
${login}
skew: ${skew}
roles:
  gateway: { runs: [JavaScript.Script.Gateway] }
  worker: { runs: [JavaScript.Script.Echo, JavaScript.Script.Work] }
---
kind: JavaScript.Script
metadata: { name: Gateway }
code: const main = () => null;
---
kind: JavaScript.Script
metadata: { name: Echo }
code: const main = (input) => input;
---
kind: JavaScript.Script
metadata: { name: Work }
${extra}
code: |
  async function main({ id, ms, poison }, ctx) {
    ctx.log.info("begin " + id);
    if (poison) process.kill(process.pid, "SIGKILL");
    await ctx.clock.sleep(ms);
    ctx.log.info("end " + id);
    return { id };
  }
`;

interface Worker {
  readonly child: ChildProcess;
  /** What it has begun and ended. */
  readonly lines: () => readonly string[];
  readonly text: () => string;
  readonly ready: Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), "digly-faults-"));
const found = await startNats();
if (typeof found === "string") throw new Error(found);
const nats: NatsServer = found;
const workers: Worker[] = [];
let apps = 0;

function writeApp(skew = "strict", extra = "", login = ""): string {
  const path = join(folder, String(++apps));
  mkdirSync(path);
  writeFileSync(join(path, "runtime.yaml"), APP(skew, extra, login));
  return path;
}

function startWorker(
  app: string,
  url = nats.url,
  node: readonly string[] = [],
  password = PASSWORD,
): Worker {
  const child = spawn(
    process.execPath,
    [...node, `${root}cli.ts`, "run", app, "--role", "worker"],
    {
      env: { ...process.env, NATS_URL: url, NATS_PASSWORD: password, NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let text = "";
  let isReady!: () => void;
  const ready = new Promise<void>((resolve) => isReady = resolve);
  child.stderr!.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    if (text.includes("Joined the app")) isReady();
  });
  const worker: Worker = {
    child,
    lines: () =>
      Array.from(text.matchAll(/"message":"((?:begin|end) [^"]+)"/g), ([, line]) => line!),
    text: () => text,
    ready,
  };
  workers.push(worker);
  return worker;
}

async function stopWorkers(): Promise<void> {
  for (const { child } of workers.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    await ended;
  }
}

async function startGateway(app: string, url = nats.url): Promise<Kernel> {
  const kernel = new Kernel({
    roles: ["gateway"],
    serve: false,
    env: { ...process.env, NATS_URL: url, NATS_PASSWORD: PASSWORD },
  });
  await kernel.load(join(app, "runtime.yaml"));
  await kernel.start();
  return kernel;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]! * 100) /
    100;
}

/** Makes calls while `fault` happens, and compares what callers were told with what has run. */
async function faulty(
  name: string,
  kernel: Kernel,
  fault: () => void | Promise<void>,
  { flight = IN_FLIGHT, ms = JOB_MS, poison = false } = {},
): Promise<void> {
  const ok: string[] = [];
  const failed: { id: string; code: string; executed: string; ms: number; message: string }[] = [];
  const times: number[] = [];
  let sent = 0;
  let faultAt = 0;
  const end = performance.now() + CALLS_MS;
  const fault_ = sleep(FAULT_MS).then(async () => {
    faultAt = performance.now();
    await fault();
  });
  let lastFailure = 0;
  await Promise.all(Array.from({ length: flight }, async () => {
    while (performance.now() < end) {
      const id = `${name}-${sent++}`;
      const began = performance.now();
      const input = { id, ms, poison: poison && sent === 100 };
      try {
        const result = await kernel.execute("JavaScript.Script.Work", input) as { id: string };
        if (result.id !== id) throw new Error("wrong result");
        ok.push(id);
        times.push(performance.now() - began);
      } catch (error) {
        const { code, details, message } = error as {
          code?: string;
          details?: { executed?: string };
        } & Error;
        lastFailure = performance.now() - faultAt;
        failed.push({
          id,
          code: code ?? message,
          executed: details?.executed ?? "-",
          ms: performance.now() - began,
          message,
        });
      }
    }
  }));
  await fault_;
  await sleep(500);
  const begun = new Map<string, number>();
  const ended = new Set<string>();
  for (const line of workers.flatMap(({ lines }) => lines())) {
    const [what, id] = line.split(" ") as [string, string];
    if (what === "begin") begun.set(id, (begun.get(id) ?? 0) + 1);
    else ended.add(id);
  }
  const outcomes: Record<string, number> = {};
  for (const { code, executed } of failed) {
    const key = `${code} ${executed}`;
    outcomes[key] = (outcomes[key] ?? 0) + 1;
  }
  console.log(JSON.stringify({
    scenario: name,
    sent,
    ok: ok.length,
    failed: outcomes,
    runTwice: [...begun].filter(([id, count]) => id.startsWith(`${name}-`) && count > 1).length,
    okButNotEnded: ok.filter((id) => !ended.has(id)).length,
    noButBegun: failed.filter(({ id, executed }) => executed === "no" && begun.has(id)).length,
    p50ms: percentile(times, 0.5),
    p99ms: percentile(times, 0.99),
    maxMs: percentile(times, 1),
    ...(failed.length === 0
      ? {}
      : { lastFailureMs: Math.round(lastFailure), first: failed[0]!.message }),
  }));
}

/** Two workers and a gateway of one app. */
async function pair(work: (kernel: Kernel, app: string) => Promise<void>): Promise<void> {
  const app = writeApp();
  await Promise.all([startWorker(app), startWorker(app)].map(({ ready }) => ready));
  const kernel = await startGateway(app);
  await kernel.execute("JavaScript.Script.Echo", 1);
  await work(kernel, app);
  await kernel.stop();
  await stopWorkers();
}

const kill = (signal: NodeJS.Signals) => () => void workers[0]!.child.kill(signal);

const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = {
  none: () => pair((kernel) => faulty("none", kernel, () => {})),
  kill: () => pair((kernel) => faulty("kill", kernel, kill("SIGKILL"))),
  term: () => pair((kernel) => faulty("term", kernel, kill("SIGTERM"))),
  stop: () =>
    pair((kernel) =>
      faulty("stop", kernel, async () => {
        kill("SIGSTOP")();
        await sleep(5_000);
        kill("SIGCONT")();
      })
    ),
  restart1: () => pair((kernel) => faulty("restart1", kernel, () => restart(1_000))),
  restart5: () => pair((kernel) => faulty("restart5", kernel, () => restart(5_000))),
  async partition() {
    const app = writeApp();
    const proxy = await startProxy(nats.port);
    const url = `nats://127.0.0.1:${proxy.port}`;
    await Promise.all([startWorker(app, url), startWorker(app)].map(({ ready }) => ready));
    const kernel = await startGateway(app);
    await kernel.execute("JavaScript.Script.Echo", 1);
    await faulty("partition", kernel, async () => {
      proxy.pause(true);
      await sleep(5_000);
      proxy.pause(false);
    });
    await kernel.stop();
    await stopWorkers();
    proxy.close();
  },
  overload: () => pair((kernel) => faulty("overload", kernel, () => {}, { flight: 400, ms: 200 })),
  poison: () => pair((kernel) => faulty("poison", kernel, () => {}, { poison: true })),
  async clock() {
    const app = writeApp();
    const shift = (by: number) =>
      `--import=data:text/javascript,const now=Date.now;Date.now=()=>now()+${by}`;
    await Promise.all(
      [startWorker(app, nats.url, [shift(60_000)]), startWorker(app, nats.url, [shift(-60_000)])]
        .map(({ ready }) => ready),
    );
    const kernel = await startGateway(app);
    await kernel.execute("JavaScript.Script.Echo", 1, { deadline: Date.now() + 5_000 });
    await faulty("clock", kernel, () => {});
    await kernel.stop();
    await stopWorkers();
  },
  async rolling() {
    const [before, after] = [
      writeApp("allow"),
      writeApp("allow", NEWER),
    ];
    await Promise.all([startWorker(before), startWorker(before)].map(({ ready }) => ready));
    const kernel = await startGateway(before);
    await kernel.execute("JavaScript.Script.Echo", 1);
    await faulty("rolling", kernel, async () => {
      for (const old of [workers[0]!, workers[1]!]) {
        await startWorker(after).ready;
        old.child.kill("SIGTERM");
      }
    });
    await kernel.stop();
    await stopWorkers();
  },
  async skew() {
    const [before, after] = [writeApp("strict"), writeApp("strict", NEWER)];
    await Promise.all([startWorker(before), startWorker(before)].map(({ ready }) => ready));
    const kernel = await startGateway(before);
    await kernel.execute("JavaScript.Script.Echo", 1);
    await faulty("skew", kernel, async () => {
      await Promise.all([startWorker(after), startWorker(after)].map(({ ready }) => ready));
      await sleep(1_000);
    });
    const begun = workers.slice(2).flatMap(({ lines }) => lines()).length;
    if (begun > 0) {
      throw new Error(`nodes of the newer release ran ${begun} calls of the older one`);
    }
    await kernel.stop();
    await stopWorkers();
  },
  async credentials() {
    const guarded = await startNats(["--user", "digly", "--pass", PASSWORD]);
    if (typeof guarded === "string") throw new Error(guarded);
    const app = writeApp("strict", "", 'user: digly\npassword: "${{ env.NATS_PASSWORD }}"');
    await Promise.all(
      [startWorker(app, guarded.url), startWorker(app, guarded.url)].map(({ ready }) => ready),
    );
    const kernel = await startGateway(app, guarded.url);
    await kernel.execute("JavaScript.Script.Echo", 1);
    await faulty("credentials", kernel, async () => {
      const { child, text } = startWorker(app, guarded.url, [], "wrong-battery");
      const code = await new Promise((resolve) => child.once("close", resolve));
      const isRefused = code === 1 && text().includes("refuses the credentials");
      if (!isRefused || text().includes("wrong-battery")) throw new Error(text());
    });
    await kernel.stop();
    await stopWorkers();
    await guarded.remove();
  },
  async speed() {
    const order = {
      id: 7,
      customer: "ada",
      items: Array.from({ length: 8 }, (_, n) => ({ sku: `A-${n}`, price: 9.99, n })),
    };
    await pair(async (kernel) => {
      const call = () => kernel.execute("JavaScript.Script.Echo", order);
      for (let i = 0; i < 2_000; i++) await call();
      const times: number[] = [];
      for (let i = 0; i < 5_000; i++) {
        const began = performance.now();
        await call();
        times.push((performance.now() - began) * 1_000);
      }
      let done = 0;
      const end = performance.now() + 3_000;
      await Promise.all(Array.from({ length: 64 }, async () => {
        while (performance.now() < end) {
          await call();
          done++;
        }
      }));
      console.log(JSON.stringify({
        scenario: "speed",
        p50us: percentile(times, 0.5),
        p99us: percentile(times, 0.99),
        perSecond64: Math.round(done / 3),
      }));
    });
  },
};

async function restart(ms: number): Promise<void> {
  await nats.stop();
  await sleep(ms);
  await nats.start();
}

const chosen = process.argv.slice(2);
try {
  for (const name of chosen.length === 0 ? Object.keys(SCENARIOS) : chosen) {
    await SCENARIOS[name]!();
  }
} finally {
  await stopWorkers();
  await nats.remove();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
