/** `digly cluster`: shows the processes of an app, as a process that only looks at them. */
import type { ClusterView } from "../contract/transport.ts";
import { fail } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import { either } from "../diagnostics/alternatives.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { visible } from "../diagnostics/style.ts";
import { runToCompletion } from "./app_run.ts";
import { CLUSTER_ACTIONS } from "./cluster_options.ts";
import type { ClusterNodeView, ClusterStatusView } from "../inspector/api.ts";
import type { CliHost, StartOptions } from "./host.ts";
import { addressFor, connect } from "./inspector_client.ts";
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
  const { platform } = host;
  const print = (nodes: readonly ClusterNodeView[]): boolean => {
    const text = options.format === "json" ? JSON.stringify(nodes) + "\n" : table(nodes);
    platform.stdout.write(text);
    return nodes.some(({ state }) => state === "ready");
  };
  // An app that is inspected here has joined the others already.
  const inspected = host.app === undefined ? addressFor(path, platform) : undefined;
  if (inspected !== undefined) {
    const status = await connect(inspected, platform).get<ClusterStatusView>("cluster")
      .catch(() => undefined);
    if (status?.self !== undefined) return print(status.nodes) ? 0 : 1;
  }
  const session = await openObserver(host, options);
  let isReady = false;
  const exitCode = await runToCompletion(session, {
    path,
    async work() {
      isReady = print((await viewOf(session).status()).nodes);
    },
  });
  return Math.max(exitCode, isReady ? 0 : 1);
}

/** Prints the events of all processes of the app at `path` as they happen, until a signal comes. */
export async function clusterEvents(
  host: CliHost,
  path: string,
  options: StartOptions,
  show: (record: EventRecord) => void,
): Promise<number> {
  const session = await openObserver(host, options);
  return await runToCompletion(session, {
    path,
    async work(signal) {
      const stop = viewOf(session).watch(show);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      stop();
    },
  });
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

function viewOf({ kernel }: Session): ClusterView {
  // A process that looks at others has joined them once it has started.
  return kernel.cluster!;
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
