/** Signals and unhandled errors through `node:process`, which Node, Bun and Deno share. */
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import process from "node:process";
import type { StopSignal } from "../contract/platform.ts";

/**
 * How long, in milliseconds, a repeated signal counts as the same one under npm. On Ctrl-C
 * the terminal signals the whole process group and npm passes the signal on once more:
 * without this, every Ctrl-C under `npx` or an npm script would be two.
 */
const SAME_SIGNAL = 250;

/** Calls `listener` per stop signal; returns a function that stops listening. */
export function onSignal(listener: (signal: StopSignal) => void): () => void {
  const window = process.env["npm_command"] === undefined ? 0 : SAME_SIGNAL;
  const seen = new Map<StopSignal, number>();
  const onEvent = (signal: StopSignal) => {
    const now = performance.now();
    if (now - (seen.get(signal) ?? -Infinity) < window) return;
    seen.set(signal, now);
    listener(signal);
  };
  const signals: StopSignal[] = ["SIGINT", "SIGTERM"];
  if (!isStartedByNohup()) signals.push("SIGHUP");
  const handlers = signals.map((signal) => [signal, () => onEvent(signal)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    // npm may pass the signal on only now, and must not end a process that is about to exit.
    if (window > 0) { for (const signal of seen.keys()) process.on(signal, () => {}); }
  };
}

/**
 * True if the process was started with SIGHUP ignored, as `nohup` does, and is to survive its
 * terminal. Only Bun keeps that; Node and Deno install their own disposition at the start.
 */
function isStartedByNohup(): boolean {
  if (process.versions["bun"] === undefined || process.platform !== "linux") return false;
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const [, ignored = "0"] = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(status) ?? [];
    return (parseInt(ignored, 16) & 1) === 1;
  } catch {
    return false;
  }
}

/** Calls `listener` per SIGUSR2; returns a function that stops listening. */
export function onSnapshotSignal(listener: () => void): () => void {
  const onEvent = () => listener();
  try {
    process.on("SIGUSR2", onEvent);
  } catch {
    // Windows has no such signal.
  }
  return () => void process.off("SIGUSR2", onEvent);
}

/** Calls `listener` when the process ends; returns a function that stops listening. */
export function onExit(listener: () => void): () => void {
  const onEvent = () => listener();
  process.on("exit", onEvent);
  return () => void process.off("exit", onEvent);
}

const owners = new AsyncLocalStorage<string>();

/** Runs `work` on behalf of `owner`, which is passed to listeners of {@link onUnhandled}. */
export function runAs<T>(owner: string, work: () => T): T {
  return owners.run(owner, work);
}

/** Calls `listener` for unhandled errors, with their owner where it is known. */
export function onUnhandled(
  listener: (error: unknown, owner: string | undefined) => void,
): () => void {
  const onEvent = (error: unknown) => listener(error, owners.getStore());
  process.on("unhandledRejection", onEvent);
  process.on("uncaughtException", onEvent);
  return () => {
    process.off("unhandledRejection", onEvent);
    process.off("uncaughtException", onEvent);
  };
}

const RESOURCES: Readonly<Record<string, string>> = {
  FSEventWrap: "a file watcher",
  HTTPINCOMINGMESSAGE: "an HTTP request",
  Immediate: "an immediate",
  MessagePort: "a message port",
  ProcessWrap: "a child process",
  StatWatcher: "a file watcher",
  TCPServerWrap: "a TCP server",
  TCPSocketWrap: "a TCP connection",
  TCPWrap: "a TCP connection",
  Timeout: "a timer",
  TLSWrap: "a TLS connection",
  UDPWrap: "a UDP socket",
  Worker: "a worker thread",
};

/** Open in every process: its own standard streams look like this. */
const STANDARD_STREAMS: ReadonlySet<string> = new Set(["PipeWrap", "TTYWrap"]);

/** What keeps the event loop alive, in words; empty where the runtime cannot tell. */
export function keepsAlive(): string[] {
  const counts = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) {
    if (STANDARD_STREAMS.has(resource)) continue;
    const words = RESOURCES[resource] ?? resource;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return Array.from(counts, ([words, count]) => count === 1 ? words : `${words} (${count} times)`);
}
