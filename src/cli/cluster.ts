/** `digly cluster` and `digly events --cluster`: show the processes of an app, and what they do. */
import { fail } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { Platform } from "../contract/platform.ts";
import { either } from "../diagnostics/alternatives.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { visible } from "../diagnostics/style.ts";
import { runToCompletion } from "./app_run.ts";
import { CLUSTER_ACTIONS } from "./cluster_options.ts";
import type { ClusterNodeView, ClusterStatusView } from "../inspector/api.ts";
import type { CliHost, StartOptions } from "./host.ts";
import { addressFor, connect, followStream, isAddress } from "./inspector_client.ts";
import { openSession, type Session } from "./session.ts";
import { columnWidths } from "./columns.ts";

/** The options of `cluster`. */
export interface ClusterOptions extends StartOptions {
  readonly format: "text" | "json";
}

/** Shows the nodes of the app at `path`; resolves with 1 if no node is ready. */
export async function cluster(
  host: CliHost,
  path: string,
  { action, ...options }: ClusterOptions & { readonly action: string },
): Promise<number> {
  if (!(CLUSTER_ACTIONS as readonly string[]).includes(action)) {
    throw fail("ERR_USAGE", { problem: `"${action}" is not an action of \`cluster\`` }, {
      help: didYouMean(action, CLUSTER_ACTIONS) ?? `Write ${either(CLUSTER_ACTIONS)}`,
    });
  }
  let isReady = false;
  const exitCode = await withProcesses(host, path, options, async (processes) => {
    const { nodes } = await processes.status();
    isReady = nodes.some(({ state }) => state === "ready");
    const text = options.format === "json" ? JSON.stringify(nodes) + "\n" : table(nodes);
    host.platform.stdout.write(text);
  });
  return Math.max(exitCode, isReady ? 0 : 1);
}

/**
 * Prints the events of all processes of an app as they happen, until a signal comes. `place` is the
 * app, or the address of the inspector of one of its processes.
 */
export async function clusterEvents(
  host: CliHost,
  place: string | undefined,
  options: StartOptions,
  show: (record: EventRecord) => void,
): Promise<number> {
  return await withProcesses(host, place, options, (processes) => processes.follow(show));
}

/** The processes of an app. */
interface Processes {
  status(): Promise<ClusterStatusView>;
  /** Calls `take` for every event of every process until a signal comes. */
  follow(take: (record: EventRecord) => void): Promise<void>;
}

/** Asks a process that is inspected, which has joined the others already, or joins them itself. */
async function withProcesses(
  host: CliHost,
  place: string | undefined,
  options: StartOptions,
  work: (processes: Processes) => Promise<void>,
): Promise<number> {
  const { platform } = host;
  const path = host.app?.manifest ?? place;
  const address = host.app === undefined ? addressOf(place, platform) : undefined;
  if (address !== undefined) {
    const client = connect(address, platform);
    const status = () => client.get<ClusterStatusView>("cluster");
    const first = place === address ? await status() : await status().catch(() => undefined);
    if (first?.self !== undefined) {
      await work({
        status: () => Promise.resolve(first),
        follow: (take) => followStream(platform, client, "cluster", take),
      });
      return 0;
    }
    if (place === address) {
      throw fail("ERR_USAGE", { problem: "The app at this address has no other processes" }, {
        help: "Only an app with a resource such as Cluster.Nats, which runs with --role, has them",
      });
    }
  }
  if (path === undefined) {
    throw fail("ERR_USAGE", { problem: "--cluster needs the app" }, {
      help: "Write digly events --cluster <runtime.yaml>",
    });
  }
  const session = await openObserver(host, options);
  return await runToCompletion(session, {
    path,
    async work(signal) {
      // A process that looks at others has joined them once it has started.
      const view = session.kernel.cluster!;
      await work({
        status: () => view.status(),
        async follow(take) {
          const stop = view.watch(take);
          await new Promise<void>((resolve) => {
            if (signal.aborted) resolve();
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
          stop();
        },
      });
    },
  });
}

/** The address of an inspector: the one that is given, or that of the app at a path. */
function addressOf(place: string | undefined, platform: Platform): string | undefined {
  // Other addresses are those of manifests.
  const isInspector = place !== undefined && isAddress(place) && /[?&]token=/.test(place);
  return isInspector ? place : addressFor(place, platform);
}

/** A session whose process joins the others without running anything. */
function openObserver(host: CliHost, options: StartOptions): Promise<Session> {
  return openSession(host, { logLevel: "warn", ...options }, {
    serve: false,
    observer: true,
    bootTimeoutMs: options.bootTimeout,
    shutdownTimeoutMs: options.shutdownTimeout,
  });
}

function table(nodes: readonly ClusterNodeView[]): string {
  if (nodes.length === 0) return "No node is running\n";
  const rows = [
    ["NODE", "ROLES", "STATE", "ACTIVE", "WAITING", "UP", "GENERATION", "PROCESS"],
    ...nodes.map((node) => [
      node.node,
      node.roles.join(", "),
      node.state,
      String(node.active),
      String(node.waiting),
      duration(node.uptimeMs),
      generationOf(node),
      node.host === undefined ? "" : `${node.host}:${node.pid ?? ""}`,
    ]),
  ].map((row) => row.map(visible));
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ").trimEnd() + "\n"
  ).join("");
}

function generationOf({ generation, version }: ClusterNodeView): string {
  return version === undefined ? generation : `${generation} (${version})`;
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
