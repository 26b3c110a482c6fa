/** The life of one app: loading, boot, shutdown, and what exists in each of these phases. */
import { type DiglyError, fail } from "../contract/errors.ts";
import type { SnapshotParts } from "../observe/snapshot.ts";
import { type BootWatch, watchBoot } from "./boot/watch.ts";
import { createKernelDispatcher } from "./kernel_dispatcher.ts";
import { loadAppWith, type LoadedApp } from "./loaded_app.ts";
import { createObservers, type Observers } from "./observers.ts";
import type { KernelOptions } from "./options.ts";
import type { KernelParts } from "./parts.ts";
import type { Dispatcher } from "./run/dispatch.ts";
import type { StopOptions, StopResult } from "./run/shutdown.ts";
import { RunningApp } from "./running_app.ts";
import { snapshotPartsOf } from "./snapshot_parts.ts";
import type { KernelState } from "./state.ts";
import type { Reloaded, ReloadOptions, ReloadSummary } from "./reload/summary.ts";
import { asDiglyError } from "./unexpected_error.ts";

/** Watchdog interval: a boot step still pending at the second check is logged, within 10 s. */
const WATCH_INTERVAL_MS = 5_000;

/** Leads one app through the phases of {@link KernelState}. */
export class Lifecycle {
  readonly #options: KernelOptions;
  readonly #parts: KernelParts;
  #boot = new AbortController();
  /** The place that the app was loaded from. */
  #place = "";
  #reloading: Promise<unknown> | undefined;
  #state: KernelState = { phase: "empty", app: undefined, running: undefined };
  #stopped: Promise<StopResult> | undefined;
  /** Why loading or booting failed. */
  #failure: DiglyError | undefined;
  readonly dispatcher: Dispatcher;
  readonly observers: Observers;

  constructor(options: KernelOptions, parts: KernelParts) {
    this.#options = options;
    this.#parts = parts;
    this.dispatcher = createKernelDispatcher(parts, () => this.#state);
    this.observers = createObservers({
      platform: options.platform,
      bus: parts.bus,
      snapshotParts: (reason) => this.#snapshotParts(reason),
      redaction: parts.redaction,
      log: (level, message) => parts.logMessage(level, message),
    });
  }

  /** Why loading or booting failed. */
  get failure(): DiglyError | undefined {
    return this.#failure;
  }

  get state(): KernelState {
    return this.#state;
  }

  /** The loaded app; throws `ERR_USAGE` if there is none. */
  loaded(): LoadedApp {
    if (this.#state.app === undefined) {
      throw fail("ERR_USAGE", { problem: "This kernel has not loaded an app" }, {
        help: "Call kernel.load(path) first",
      });
    }
    return this.#state.app;
  }

  /** See `Kernel.load`. */
  async load(place: string): Promise<void> {
    if (this.#state.phase !== "empty") {
      throw fail("ERR_USAGE", { problem: "This kernel has loaded an app already" }, {
        help: "Make a new Kernel for each app",
      });
    }
    this.#place = place;
    const { snapshotOnExit } = this.#options;
    if (snapshotOnExit !== undefined) await this.observers.prepareExitSnapshot(snapshotOnExit);
    let app: LoadedApp;
    try {
      app = await loadAppWith(place, this.#parts);
    } catch (error) {
      this.#failure = asDiglyError(error);
      throw error;
    } finally {
      this.#options.onProgress?.(undefined);
    }
    this.#state = { phase: "loaded", app, running: undefined };
    for (const [key, owner] of this.#parts.bus.subscriptions()) app.warnAboutListener(key, owner);
  }

  /** See `Kernel.start`. */
  async start(): Promise<void> {
    const app = this.loaded();
    if (this.#state.phase !== "loaded") {
      throw fail("ERR_USAGE", { problem: "This kernel was started already" }, {
        help: "Make a new Kernel to run the app again",
      });
    }
    const running = new RunningApp(app, {
      parts: this.#parts,
      dispatcher: this.dispatcher,
      takeSnapshot: () => this.observers.takeSnapshot(undefined, { reason: "cluster" }),
    });
    this.#state = { phase: "starting", app, running };
    const watch = this.#watchBoot();
    try {
      await app.checks.chosenEntries();
      const env = this.#options.env ?? this.#options.platform.env;
      await this.observers.startTraces(app.manifest, env);
      await running.boot({ watch, signal: this.#boot.signal });
    } catch (error) {
      this.#failure = asDiglyError(error);
      this.#stopped ??= this.#shutDown({ reason: "boot failed" }, 1);
      await this.#stopped;
      throw this.#failure;
    } finally {
      watch.end();
    }
    this.#state = { phase: "started", app, running };
    void this.#parts.bus.emitKernel("Runtime.Started", undefined);
  }

  /** See `Kernel.reload`. One reload follows the other. */
  reload(options: ReloadOptions): Promise<ReloadSummary> {
    const reloaded = Promise.resolve(this.#reloading).then(() => this.#reload(options));
    const ended: Promise<unknown> = this.#reloading = reloaded.catch(() => {}).then(() => {
      if (this.#reloading === ended) this.#reloading = undefined;
    });
    return reloaded;
  }

  async #reload(options: ReloadOptions): Promise<ReloadSummary> {
    const ended = this.#parts.options.probe?.reload();
    try {
      const { urns, ...summary } = await this.#change(options);
      ended?.(urns);
      return summary;
    } catch (error) {
      ended?.({ error });
      throw error;
    }
  }

  async #change({ env }: ReloadOptions): Promise<Reloaded> {
    const { phase, running } = this.#state;
    if (phase !== "started") throw notStarted();
    const { loadNextVersion } = await import("./reload/next_version.ts");
    const app = await loadNextVersion(this.#place, this.#parts, env);
    if (this.#stopped !== undefined) throw notStarted();
    this.#boot = new AbortController();
    const watch = this.#watchBoot();
    try {
      const summary = await running.reload(app, { watch, signal: this.#boot.signal });
      if (this.#state.phase === "started") this.#state = { phase: "started", app, running };
      return summary;
    } finally {
      watch.end();
    }
  }

  #watchBoot(): BootWatch {
    return watchBoot({
      intervalMs: WATCH_INTERVAL_MS,
      timeoutMs: this.#options.bootTimeoutMs ?? 60_000,
      warn: (message) => this.#parts.logMessage("warn", message),
      abort: (reason) => this.#boot.abort(reason),
    });
  }

  /** Aborts a boot: {@link start} rejects with `ERR_ABORTED` after rolling back. */
  abort(reason: string): void {
    this.#boot.abort(fail("ERR_ABORTED", { problem: `The boot was aborted: ${String(reason)}` }));
  }

  /** See `Kernel.stop`; a second call returns the result of the first. */
  stop(options: StopOptions): Promise<StopResult> {
    return this.#stopped ??= this.#shutDown(options, 0);
  }

  #snapshotParts(reason: string): SnapshotParts {
    return snapshotPartsOf(this.#state, this.#parts, {
      reason,
      error: this.#failure,
      executing: this.dispatcher.active(),
    });
  }

  async #shutDown(options: StopOptions, leastExitCode: number): Promise<StopResult> {
    // A reload that has not ended is rolled back, so that the stop finds either version whole.
    if (this.#reloading !== undefined) {
      this.#boot.abort(fail("ERR_ABORTED", { problem: "The app is stopping" }));
      await this.#reloading;
    }
    const { phase, app, running } = this.#state;
    const { bus, exitRequest } = this.#parts;
    const { reason = "stop", timeoutMs = this.#options.shutdownTimeoutMs ?? 30_000 } = options;
    if (phase === "starting" && leastExitCode === 0) {
      this.abort(options.reason ?? "stop was called");
    }
    if (running?.isAnnounced) void bus.emitKernel("Runtime.Stopping", { reason });
    // Half of the time is left for the teardown.
    const snapshot = this.observers.takeExitSnapshot(reason, timeoutMs / 2);
    this.#state = { phase: "stopping", app, running };
    if (phase === "started" && options.drainDelayMs) await sleep(options.drainDelayMs);
    const errors = await running?.stop(snapshot, { ...options, timeoutMs }) ?? [];
    if (running === undefined) this.dispatcher.close();
    await snapshot;
    await this.observers.endTraces(timeoutMs);
    this.#warnAboutLeakedHolds();
    this.#parts.holds.releaseAll();
    this.#state = { phase: "stopped", app, running: undefined };
    const exitCode = Math.max(exitRequest.code, leastExitCode, errors.length > 0 ? 1 : 0);
    if (running?.isAnnounced) void bus.emitKernel("Runtime.Stopped", { exitCode });
    bus.close();
    this.observers.close();
    return { exitCode, errors };
  }

  /** A hold that outlives the teardown of its owner was leaked. */
  #warnAboutLeakedHolds(): void {
    for (const { owner, reason } of this.#parts.holds.active()) {
      this.#parts.logMessage("warn", `${owner} never released its hold "${reason}"`);
    }
  }
}

/** The error of a reload. */
function notStarted(): DiglyError {
  return fail("ERR_USAGE", { problem: "Only an app that has started can be reloaded" }, {
    help: "Call kernel.start() first, and wait until it has resolved",
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
