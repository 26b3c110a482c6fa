/**
 * What looks on while an app runs and harms nobody who does not look: the event stream,
 * snapshots and traces. Each is imported when it is asked for.
 * Rules: specification §8 and §11, decisions D-28 and D-29.
 */
import { fail } from "../contract/errors.ts";
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { EventStream, EventStreamOptions, EventWriter } from "../observe/event_stream.ts";
import type { ExitSnapshot } from "../observe/exit_snapshot.ts";
import type { Snapshot, SnapshotParts } from "../observe/snapshot.ts";
import { traceOptions } from "../observe/trace_options.ts";
import type { Tracing } from "../observe/tracing.ts";
import type { Bus } from "./run/bus.ts";
import { VERSION } from "../version.ts";

/** How long a resource's `snapshot()` may take, in milliseconds (decision D-29). */
const SNAPSHOT_MS = 5_000;

/** How long sending the last traces may take at the end, in milliseconds. */
const TRACES_MS = 3_000;

/** How a snapshot is taken. */
export interface SnapshotOptions {
  /** Why, for its `reason`. */
  readonly reason?: string;
  /** How long a resource's `snapshot()` may take, in milliseconds; 5,000 by default. */
  readonly limitMs?: number;
}

/** What observers need of the kernel. */
export interface Observed {
  readonly platform: Platform;
  readonly bus: Bus;
  readonly snapshotParts: (reason: string) => SnapshotParts;
  readonly redact: <T>(value: T) => T;
  readonly say: (level: LogLevel, message: string) => void;
}

/** The observers of one kernel. */
export interface Observers {
  /** Writes every event from now on to a file. Throws `ERR_USAGE` where that is impossible. */
  writeEvents(path: string, options?: EventStreamOptions): Promise<void>;
  /** What reads the events back. Throws `ERR_USAGE` when none are written. */
  eventStream(): EventStream;
  /** Takes a snapshot; writes it, as YAML, if there is a path. */
  takeSnapshot(path?: string, options?: SnapshotOptions): Promise<Snapshot>;
  /** From now on a snapshot is written at the end, however the process ends. */
  prepareExitSnapshot(path: string): Promise<void>;
  /** Writes the snapshot of the end, if one was prepared, in at most `ms` milliseconds. */
  takeExitSnapshot(reason: string, ms: number): Promise<void> | undefined;
  /** Sends traces of this app, where the variables of `env` say so. */
  startTraces(
    app: { readonly name: string; readonly version: string | undefined },
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<void>;
  /** Sends what is left of the traces, in at most `ms` milliseconds. */
  endTraces(ms: number): Promise<void> | undefined;
  /** Writes no further events. */
  close(): void;
}

/** Makes the observers of a kernel; none looks on yet. */
export function createObservers(observed: Observed): Observers {
  const { platform, bus, snapshotParts, redact, say } = observed;
  let writer: EventWriter | undefined;
  let exitSnapshot: ExitSnapshot | undefined;
  let tracing: Tracing | undefined;

  return {
    async writeEvents(path, options) {
      const { openEventStream } = await import("../observe/event_stream.ts");
      writer?.close();
      writer = openEventStream(path, {
        platform,
        redact,
        onFailure(problem) {
          bus.record(undefined);
          say("error", problem);
        },
      }, options);
      bus.record(writer.write);
    },
    eventStream() {
      if (writer !== undefined) return writer.stream;
      throw fail("ERR_USAGE", { problem: "This kernel writes no event stream" }, {
        help: "Call kernel.enableEventStream(path) first",
      });
    },
    async takeSnapshot(path, options = {}) {
      const { reason = "takeSnapshot was called", limitMs = SNAPSHOT_MS } = options;
      const parts = snapshotParts(reason);
      const { takeSnapshot, writeSnapshot } = await import("../observe/snapshot.ts");
      const snapshot = await takeSnapshot(parts, limitMs);
      if (path !== undefined) writeSnapshot(snapshot, path, platform);
      return snapshot;
    },
    async prepareExitSnapshot(path) {
      const { createExitSnapshot } = await import("../observe/exit_snapshot.ts");
      exitSnapshot = createExitSnapshot({ path, platform, parts: snapshotParts, say });
    },
    takeExitSnapshot: (reason, ms) => exitSnapshot?.take(reason, Math.min(SNAPSHOT_MS, ms)),
    async startTraces(app, env) {
      const options = traceOptions(env);
      if (options === undefined) return;
      const { startTracing } = await import("../observe/tracing.ts");
      const warn = (message: string) => say("warn", message);
      options.problems.forEach(warn);
      tracing = startTracing(options, { service: app, version: VERSION, redact, warn });
      bus.on("*", tracing.listener, "kernel");
    },
    endTraces: (ms) => tracing?.close(Math.min(TRACES_MS, ms)),
    close: () => writer?.close(),
  };
}
