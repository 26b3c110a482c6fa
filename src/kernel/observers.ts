/** Optional observability, loaded only when used: the event stream, snapshots and traces. */
import { fail } from "../contract/errors.ts";
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type {
  EventStream,
  EventStreamOptions,
  EventWriter,
  StreamRedaction,
} from "../observe/event_stream.ts";
import type { ExitSnapshot } from "../observe/exit_snapshot.ts";
import type { Snapshot, SnapshotParts } from "../observe/snapshot.ts";
import { traceOptions } from "../observe/trace_options.ts";
import type { Tracing } from "../observe/tracing.ts";
import type { Bus } from "./run/bus.ts";
import { VERSION } from "../version.ts";

/** How long a resource's `snapshot()` may take, in milliseconds. */
const SNAPSHOT_MS = 5_000;

/** How long sending the last traces may delay the stop, in milliseconds. */
const TRACES_MS = 3_000;

/** Options of a snapshot. */
export interface SnapshotOptions {
  /** The `reason` in the snapshot. */
  readonly reason?: string;
  /** How long a resource's `snapshot()` may take, in milliseconds; 5,000 by default. */
  readonly limitMs?: number;
}

/** What observers read from the kernel. */
export interface ObservedKernel {
  readonly platform: Platform;
  readonly bus: Bus;
  readonly snapshotParts: (reason: string) => SnapshotParts;
  readonly redaction: StreamRedaction & { value<T>(value: T): T };
  readonly log: (level: LogLevel, message: string) => void;
}

/** The observers of one kernel. */
export interface Observers {
  /** Writes every event from now on to a file. Throws `ERR_USAGE` if it cannot be written. */
  writeEvents(path: string, options?: EventStreamOptions): Promise<void>;
  /** The events written so far. Throws `ERR_USAGE` if none are written. */
  eventStream(): EventStream;
  /** Takes a snapshot; with a path, also writes it as YAML. */
  takeSnapshot(path?: string, options?: SnapshotOptions): Promise<Snapshot>;
  /** Writes a snapshot when the app stops or the process exits. */
  prepareExitSnapshot(path: string): Promise<void>;
  /** Writes the exit snapshot, if one was prepared, within `ms` milliseconds. */
  takeExitSnapshot(reason: string, ms: number): Promise<void> | undefined;
  /** Sends traces of this app, if variables of `env` configure it. */
  startTraces(
    app: { readonly name: string; readonly version: string | undefined },
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<void>;
  /** Sends the remaining traces within `ms` milliseconds. */
  endTraces(ms: number): Promise<void> | undefined;
  /** Writes no further events. */
  close(): void;
}

/** Creates the observers of a kernel, all of them inactive. */
export function createObservers(observed: ObservedKernel): Observers {
  const { platform, bus, snapshotParts, redaction, log } = observed;
  let writer: EventWriter | undefined;
  let exitSnapshot: ExitSnapshot | undefined;
  let tracing: Tracing | undefined;

  return {
    async writeEvents(path, options) {
      const { openEventStream } = await import("../observe/event_stream.ts");
      writer?.close();
      writer = openEventStream(path, {
        platform,
        redaction,
        onFailure(problem) {
          bus.record(undefined);
          log("error", problem);
        },
      }, options);
      bus.record(writer.write);
    },
    eventStream() {
      if (writer !== undefined) return writer.stream;
      throw fail("ERR_USAGE", { problem: "This kernel does not write an event stream" }, {
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
      exitSnapshot = createExitSnapshot({ path, platform, parts: snapshotParts, log });
    },
    takeExitSnapshot: (reason, ms) => exitSnapshot?.take(reason, Math.min(SNAPSHOT_MS, ms)),
    async startTraces(app, env) {
      const options = traceOptions(env);
      if (options === undefined) return;
      const { startTracing } = await import("../observe/tracing.ts");
      const warn = (message: string) => log("warn", message);
      options.problems.forEach(warn);
      tracing = startTracing(options, {
        service: app,
        version: VERSION,
        redact: redaction.value,
        warn,
      });
      bus.on("*", tracing.listener, "kernel");
    },
    endTraces: (ms) => tracing?.close(Math.min(TRACES_MS, ms)),
    close: () => writer?.close(),
  };
}
