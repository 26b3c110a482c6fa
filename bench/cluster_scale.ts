/**
 * How an app of 10,000 nodes and 1,000,000 resources behaves: opens what one machine can open, and
 * extrapolates from how the costs grow. Prints one line of JSON for each measurement, and the
 * extrapolation at the end.
 *
 *     node --expose-gc bench/cluster_scale.ts [nodes]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Kernel } from "../mod.ts";
import type { ClusterNode, ModuleCreateContext, Transport } from "../src/contract/author.ts";
import { connect } from "../src/modules/cluster/nats.ts";
import { startNats } from "../tests/servers/nats.ts";

/** What is extrapolated to. */
const NODES = 10_000;
const RESOURCES = 1_000_000;
/** How long heartbeats are watched, in milliseconds. */
const WATCH_MS = 10_000;
/** How many nodes are opened, and resources loaded. */
const SIZES = process.argv[2] === undefined ? [50, 100, 200] : [Number(process.argv[2])];
const LOADED = [20_000, 50_000];
const CALLS = 20_000;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const print = (line: object) => console.log(JSON.stringify(line));

/** Seconds of CPU and megabytes of memory of the server. */
function usageOf(pid: number): { readonly cpu: number; readonly mb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, mb: pages * 4_096 / 1e6 };
}

/** The context of a transport without an app around it. */
function contextOf(): ModuleCreateContext {
  const nothing = () => {};
  const metric = { set: nothing, remove: nothing, inc: nothing, observe: nothing };
  return {
    metrics: { counter: () => metric, gauge: () => metric, histogram: () => metric },
    log: { debug: nothing, info: nothing, warn: console.error, error: console.error },
    signal: new AbortController().signal,
    secret: (value: string) => value,
    redact: (value: unknown) => value,
    reportUnready: () => nothing,
    acquireHold: () => nothing,
    template: () => nothing,
    problem: (_: unknown, text: string) => new Error(text),
  } as unknown as ModuleCreateContext;
}

/** A node without an app: its transport, which answers calls of any URN. */
async function openNode(role: string, url: string): Promise<Transport> {
  const roles = { gateway: { runs: ["Front.*"] }, worker: { runs: ["Work.*"] } };
  const cluster: ClusterNode = {
    app: "scale",
    version: "1.0.0",
    generation: "0123456789abcdef",
    roles: [role],
    placements: Object.entries(roles).map(([name, { runs }]) => ({ name, runs, labels: {} })),
    roleOf: (urn) => urn.startsWith("Work.") ? "worker" : "gateway",
    isLocal: (urn) => urn.startsWith(role === "worker" ? "Work." : "Front."),
    exists: () => true,
  };
  const resource = {
    kind: "Cluster.Nats",
    metadata: { name: "Main", uri: "memory:scale", generationDepth: 0 },
    servers: [url],
    timeout: "60s",
    skew: "strict" as const,
    events: [],
    roles,
  };
  const node = connect(resource, cluster, contextOf());
  await node.open({
    event() {},
    forward: () => () => {},
    observe: () => () => {},
    snapshot: () => Promise.resolve({}),
    recordings: () => undefined,
  });
  await node.serve(({ input }) => Promise.resolve(input));
  return node;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor((sorted.length - 1) * part)]!);
}

/** Microseconds that calls take, 32 at a time; each has the URN that `urnOf` gives. */
async function callAll(gateway: Transport, urnOf: (n: number) => string): Promise<number> {
  const times: number[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (next < CALLS) {
      const urn = urnOf(next++);
      const began = performance.now();
      await gateway.execute({
        urn,
        input: 1,
        role: "worker",
        wire: { chain: [], depth: 0, values: {} } as never,
        idempotent: false,
      });
      times.push((performance.now() - began) * 1_000);
    }
  }));
  return percentile(times, 0.5);
}

interface NodeCost {
  readonly nodes: number;
  readonly serverMbPerNode: number;
  readonly serverMicrosPerDelivery: number;
  readonly nodeMicrosPerDelivery: number;
}

/** Opens `count` nodes, and measures what they cost while nothing is called. */
async function measureNodes(count: number): Promise<NodeCost> {
  const server = await startNats();
  if (typeof server === "string") throw new Error(server);
  const nodes: Transport[] = [];
  try {
    const empty = usageOf(server.pid).mb;
    for (let at = 0; at < count; at += 20) {
      const more = Math.min(20, count - at);
      nodes.push(
        ...await Promise.all(
          Array.from(
            { length: more },
            (_, n) => openNode(n === 0 ? "gateway" : "worker", server.url),
          ),
        ),
      );
    }
    await sleep(3_000);
    const before = { server: usageOf(server.pid), own: process.cpuUsage(), at: performance.now() };
    await sleep(WATCH_MS);
    const after = { server: usageOf(server.pid), own: process.cpuUsage(before.own) };
    const seconds = (performance.now() - before.at) / 1_000;
    // Each node sends a heartbeat a second, or all together a hundred; each is delivered to all.
    const deliveries = Math.min(count, 100) * count * seconds;
    const { nodes: seen } = await nodes[0]!.status!();
    if (seen.length !== count) throw new Error(`the first node sees ${seen.length} of ${count}`);
    const cost = {
      nodes: count,
      serverMbPerNode: round((after.server.mb - empty) / count),
      serverMicrosPerDelivery: round((after.server.cpu - before.server.cpu) * 1e6 / deliveries),
      nodeMicrosPerDelivery: round((after.own.user + after.own.system) / deliveries),
    };
    print(cost);
    return cost;
  } finally {
    await Promise.all(nodes.map((node) => node.drain().then(() => node.close())));
    await server.remove();
  }
}

/** Calls of one resource, and of many, through one subscription. */
async function measureRouting(): Promise<void> {
  const server = await startNats();
  if (typeof server === "string") throw new Error(server);
  const nodes = [await openNode("worker", server.url), await openNode("gateway", server.url)];
  const [, gateway] = nodes;
  await callAll(gateway!, () => "Work.Job.Warm");
  const [one, before] = [await callAll(gateway!, () => "Work.Job.One"), usageOf(server.pid).mb];
  const step = RESOURCES / CALLS;
  const many = await callAll(gateway!, (n) => `Work.Job.r${n * step}`);
  print({
    calls: CALLS,
    oneResourceP50us: one,
    differentResourcesP50us: many,
    serverGrewMb: round(usageOf(server.pid).mb - before),
  });
  for (const node of nodes.reverse()) await node.drain().then(() => node.close());
  await server.remove();
}

interface LoadCost {
  readonly resources: number;
  /** Of CPU. */
  readonly seconds: number;
  readonly mb: number;
}

/** Loads an app with `count` resources of another role, in a process of its own. */
function measureLoad(count: number): LoadCost {
  const self = fileURLToPath(import.meta.url);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", self, "load", String(count)],
    { encoding: "utf8" },
  );
  if (stdout === "") throw new Error(stderr);
  const cost = JSON.parse(stdout) as LoadCost;
  print(cost);
  return cost;
}

async function load(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "digly-scale-"));
  const script = (n: number) =>
    `---\nkind: JavaScript.Script\nmetadata: { name: r${n} }\ncode: "const main = (input) => input;"\n`;
  const text = Array.from({ length: count }, (_, n) => script(n)).join("");
  writeFileSync(
    join(folder, "runtime.yaml"),
    `name: scale
imports: [digly:javascript, digly:cluster]
---
kind: Cluster.Nats
metadata: { name: Main }
roles: { gateway: { labels: { tier: front } }, worker: { runs: ["JavaScript.*"] } }
${text}`,
  );
  const most = 1e9;
  const limits = { manifestBytes: most, documents: most, resources: most, totalText: most };
  globalThis.gc!();
  const [began, heap] = [process.cpuUsage(), process.memoryUsage().heapUsed];
  const kernel = new Kernel({ roles: ["gateway"], limits });
  await kernel.load(join(folder, "runtime.yaml"));
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  globalThis.gc!();
  print({
    resources: count,
    seconds: round(seconds),
    mb: round((process.memoryUsage().heapUsed - heap) / 1e6),
  });
  rmSync(folder, { recursive: true });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

if (process.argv[2] === "load") {
  await load(Number(process.argv[3]));
} else {
  const costs: NodeCost[] = [];
  for (const size of SIZES) costs.push(await measureNodes(size));
  await measureRouting();
  const [small, large] = LOADED.map(measureLoad) as [LoadCost, LoadCost];
  const last = costs.at(-1)!;
  const perResource = (field: "seconds" | "mb") =>
    (large[field] - small[field]) / (large.resources - small.resources);
  // The heartbeats of all nodes together are a constant number, and each goes to every node.
  const deliveries = 100 * NODES;
  print({
    extrapolated: `${NODES} nodes and ${RESOURCES} resources`,
    deliveriesPerSecond: deliveries,
    serverCores: round(deliveries * last.serverMicrosPerDelivery / 1e6),
    serverMb: Math.round(NODES * last.serverMbPerNode),
    nodeCpuPercent: round(100 * last.nodeMicrosPerDelivery / 1e6 * 100),
    secondsBetweenHeartbeats: NODES / 100,
    loadSeconds: Math.round(perResource("seconds") * RESOURCES),
    loadMb: Math.round(perResource("mb") * RESOURCES),
  });
}
process.exit();
