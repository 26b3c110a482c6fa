/** The kernel: the life of one app, from loading to the end of its teardown. */
import type { ResourceGraph } from "../contract/graph.ts";
import type { Evaluation } from "../load/references/evaluate_text.ts";
import type { TypedExpression } from "../load/types/type_check.ts";
import { checkOptions, requireOptions, requirePath } from "../diagnostics/arguments.ts";
import { wrongArgument } from "../contract/wrong_argument.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import type { EventListener, EventName, PayloadOf } from "../contract/events.ts";
import type { KindDescription } from "../contract/kind_description.ts";
import type { DiglyModule } from "../contract/module.ts";
import type { Context, ExecutionOptions } from "../contract/execution.ts";
import type { MetricFamily } from "../contract/metrics.ts";
import type { Path, RuntimeResource } from "../contract/resource.ts";
import { checkModule } from "../load/registry/code_module.ts";
import type { EventStream, EventStreamOptions } from "../observe/event_stream.ts";
import type { Snapshot, SnapshotParts } from "../observe/snapshot.ts";
import { readOnly, registryView } from "./boot/registry_view.ts";
import { watchBoot } from "./boot/watch.ts";
import { createKernelDispatcher } from "./kernel_dispatcher.ts";
import { loadAppWith, type LoadedApp } from "./loaded_app.ts";
import { createObservers, type Observers, type SnapshotOptions } from "./observers.ts";
import { type KernelOptions, OPTION_TYPES } from "./options.ts";
import { createKernelParts, type KernelParts } from "./parts.ts";
import type { Dispatcher } from "./run/dispatch.ts";
import { checkStopOptions, type StopOptions, type StopResult } from "./run/shutdown.ts";
import { executablesOf, findResource } from "./run/targets.ts";
import { RunningApp } from "./running_app.ts";
import { snapshotPartsOf } from "./snapshot_parts.ts";
import type { KernelState } from "./state.ts";
import { asDiglyError } from "./unexpected_error.ts";

/** Watchdog interval: a boot step still pending at the second check is logged, within 10 s. */
const WATCH_INTERVAL_MS = 5_000;

/** The runtime. One kernel runs one app, once. */
export class Kernel {
  readonly #options: KernelOptions;
  readonly #parts: KernelParts;
  readonly #dispatcher: Dispatcher;
  readonly #observers: Observers;
  readonly #boot = new AbortController();
  #state: KernelState = { phase: "empty", app: undefined, running: undefined };
  #stopped: Promise<StopResult> | undefined;
  /** Why loading or booting failed. */
  #failure: DiglyError | undefined;

  constructor(options: KernelOptions) {
    checkOptions(options, OPTION_TYPES, "options");
    if (typeof options.platform.toUrl !== "function") {
      throw wrongArgument("options.platform", "a platform", options.platform);
    }
    this.#options = options;
    this.#parts = createKernelParts(options);
    this.#dispatcher = createKernelDispatcher(this.#parts, () => this.#state);
    this.#observers = createObservers({
      platform: options.platform,
      bus: this.#parts.bus,
      snapshotParts: (reason) => this.#snapshotParts(reason),
      redact: (value) => this.redact(value),
      log: (level, message) => this.#parts.logMessage(level, message),
    });
  }

  /** Every resource, by kind and name: a view that cannot be written to. */
  get registry(): Map<string, Map<string, RuntimeResource>> {
    return this.#state.app?.registryView ?? registryView([]);
  }

  /**
   * The module that serves each kind: a view that cannot be written to. `create` and `execute`
   * are there if the kind's controller has them; that of a kind in use is loaded by {@link start}.
   */
  get modules(): Map<string, DiglyModule> {
    return this.#state.app?.modulesView((urn, input, ctx) => this.execute(urn, input, ctx)) ??
      readOnly(new Map());
  }

  /** The highest exit code that a controller requested; 0 without a request. */
  get exitCode(): number {
    return this.#parts.exitRequest.code;
  }

  /** Every resource as registered and resolved, in load order. */
  resources(): RuntimeResource[] {
    return this.#state.app?.resources() ?? [];
  }

  /** Every kind of the app except the runtime's own, sorted by name. */
  async kinds(): Promise<KindDescription[]> {
    return await this.#loaded().describeKinds();
  }

  /** The import that provides a kind, such as `digly:http`, if a built-in module defines it. */
  importFor(kind: string): string | undefined {
    return this.#loaded().importFor(kind);
  }

  /** `value` with everything sensitive in it replaced by `[redacted]`. */
  redact<T>(value: T): T {
    return this.#parts.redaction.value(value);
  }

  /**
   * Registers a module from code, before {@link load}. Throws `ERR_MODULE_INVALID` for anything
   * that is not a module.
   */
  register(module: DiglyModule): void {
    if (this.#state.phase !== "empty") {
      throw fail("ERR_MODULE_INVALID", {
        problem: `The module "${module.name}" was registered after loading`,
      }, { help: "Call kernel.register() before kernel.load()" });
    }
    checkModule(module, this.#parts.registered);
    this.#parts.registered.push(module);
  }

  /**
   * Loads the app at `path`, a `runtime.yaml` or a folder with one, up to the frozen
   * registry. Throws the first `DiglyError`, or reports all of them to `diagnostics`.
   */
  async load(path: string | URL): Promise<void> {
    const place = requirePath(path, "path");
    if (this.#state.phase !== "empty") {
      throw fail("ERR_USAGE", { problem: "This kernel has loaded an app already" }, {
        help: "Make a new Kernel for each app",
      });
    }
    const { snapshotOnExit } = this.#options;
    if (snapshotOnExit !== undefined) await this.#observers.prepareExitSnapshot(snapshotOnExit);
    let app: LoadedApp;
    try {
      app = await loadAppWith(place, this.#parts);
    } catch (error) {
      this.#failure = asDiglyError(error);
      throw error;
    }
    this.#state = { phase: "loaded", app, running: undefined };
    for (const [key, owner] of this.#parts.bus.subscriptions()) app.warnAboutListener(key, owner);
  }

  /** The same as {@link load}. */
  loadFromConfig(path: string | URL): Promise<void> {
    return this.load(path);
  }

  /**
   * Makes every check that needs no controller: kinds, controller entries, schemas.
   * {@link start} does it too. Throws or reports as {@link load} does.
   */
  async verify(): Promise<void> {
    await this.#loaded().verify();
  }

  /**
   * Every expression of the app with its place and its type, for an app that is checked, not
   * started.
   */
  expressions(): Promise<readonly TypedExpression[]> {
    return this.#loaded().expressions();
  }

  /**
   * Evaluates an expression in the loaded app: it may use `variables`, `env` and the values of
   * resources. Throws a `DiglyError` with the place in the text.
   */
  evaluate(text: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Evaluation> {
    return this.#loaded().evaluate(text, variables);
  }

  /** The resources of the loaded app and how they are connected, after {@link verify}. */
  graph(): Promise<ResourceGraph> {
    return this.#loaded().graph();
  }

  /**
   * URLs of the controllers that fit this runtime and of the checks of kinds. Kinds not in use are
   * included, because another environment or the boot may add resources.
   */
  controllers(): string[] {
    return this.#loaded().controllerUrls();
  }

  /** Reads the files of data that resources name, for whoever records what an app consists of. */
  readDataFiles(): void {
    this.#loaded().files.readAll();
  }

  /**
   * Boots the app; resolves after `Runtime.Started`. If it fails, everything already
   * initialised is torn down and every hold released before the error is thrown.
   */
  async start(): Promise<void> {
    const app = this.#loaded();
    if (this.#state.phase !== "loaded") {
      throw fail("ERR_USAGE", { problem: "This kernel was started already" }, {
        help: "Make a new Kernel to run the app again",
      });
    }
    const running = new RunningApp(app, {
      parts: this.#parts,
      dispatcher: this.#dispatcher,
      bootSignal: this.#boot.signal,
    });
    this.#state = { phase: "starting", app, running };
    const watch = watchBoot({
      intervalMs: WATCH_INTERVAL_MS,
      timeoutMs: this.#options.bootTimeoutMs ?? 60_000,
      warn: (message) => this.#parts.logMessage("warn", message),
      abort: (reason) => this.#boot.abort(reason),
    });
    try {
      await app.chosenEntries();
      const env = this.#options.env ?? this.#options.platform.env;
      await this.#observers.startTraces(app.manifest, env);
      await running.boot(watch);
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

  /** Aborts a boot: {@link start} rejects with `ERR_ABORTED` after rolling back. */
  abort(reason: string): void {
    this.#boot.abort(fail("ERR_ABORTED", { problem: `The boot was aborted: ${String(reason)}` }));
  }

  /**
   * Throws the error of {@link execute} for a URN that names nothing, before the app is started.
   * Resources that controllers register during the boot do not exist yet.
   */
  requireResource(urn: string): void {
    findResource(urn, executablesOf(this.#loaded(), undefined, ""));
  }

  /**
   * The place of a resource in its manifest, of the field at `path`, or of the key of that field;
   * `undefined` for a URN that names nothing.
   */
  originAt(urn: string, path: Path = [], anchor?: "key"): Origin | undefined {
    return this.#loaded().originAt(urn, path, anchor);
  }

  /** What a running resource provides to others: the `api` of its instance, if it has one. */
  apiOf(urn: string): unknown {
    return this.#state.running?.instance(urn)?.api;
  }

  /** Executes a resource, as a root or below the execution that `ctx` belongs to. */
  execute(urn: string, input?: unknown, ctx?: ExecutionOptions | Context): Promise<unknown> {
    return this.#dispatcher.execute(urn, input, ctx);
  }

  /**
   * Stops gracefully: rejects new work, finishes executions, tears everything down in reverse.
   * Rejects only for invalid options; failures are in the result. A second call returns the same
   * result.
   */
  stop(options?: StopOptions): Promise<StopResult> {
    try {
      checkStopOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#stopped ??= this.#shutDown(options ?? {}, 0);
  }

  /**
   * The resource whose code threw an error that nobody handled, and the place in its manifest, if
   * the resource knows it.
   */
  async locate(thrown: unknown): Promise<{ urn: string; origin: Origin } | undefined> {
    return await this.#state.running?.locate(thrown);
  }

  /** Resolves when there is no hold. */
  waitUntilIdle(): Promise<void> {
    return this.#parts.holds.idle();
  }

  /** Resolves with the exit code when a controller requests one. */
  waitForExitRequest(): Promise<number> {
    return this.#parts.exitRequest.requested;
  }

  /**
   * Listens to events by name; `*` is all of them, `Http.*` all that start with `Http.`. The
   * returned function ends that.
   */
  on<const Name extends string>(
    event: EventName<Name>,
    listener: EventListener<PayloadOf<Name>>,
  ): () => void {
    return this.#listen(event, listener as EventListener, false);
  }

  /** Listens to the next event of that name. */
  once<const Name extends string>(
    event: EventName<Name>,
    listener: EventListener<PayloadOf<Name>>,
  ): () => void {
    return this.#listen(event, listener as EventListener, true);
  }

  /** Stops listening. */
  off(event: string, listener: EventListener<never>): void {
    this.#parts.bus.off(event, listener as EventListener);
  }

  /**
   * Writes every event from now on to the file at `path`, which is emptied first, as one JSON
   * object per line before `emit` returns. Throws `ERR_USAGE` if it cannot be written.
   */
  async enableEventStream(path: string | URL, options?: EventStreamOptions): Promise<void> {
    const place = requirePath(path, "path");
    await this.#observers.writeEvents(place, requireOptions(options, "options"));
  }

  /** The event stream. Throws `ERR_USAGE` if none was enabled. */
  getEventStream(): EventStream {
    return this.#observers.eventStream();
  }

  /**
   * The current state of the kernel, without secrets; with a `path`, also written there as YAML. A
   * `snapshot()` that fails or takes longer than 5 s only affects its own entry. Throws `ERR_USAGE`
   * if the file cannot be written.
   */
  async takeSnapshot(path?: string | URL, options?: SnapshotOptions): Promise<Snapshot> {
    const place = path === undefined ? undefined : requirePath(path, "path");
    return await this.#observers.takeSnapshot(place, requireOptions(options, "options"));
  }

  #listen(event: string, listener: EventListener, once: boolean): () => void {
    const end = this.#parts.bus.on(event, listener, "kernel", once);
    this.#state.app?.warnAboutListener(event, "kernel");
    return end;
  }

  /**
   * The metrics of the app's modules, and those of the runtime while something else reads them, such
   * as an `Http.Server` with `metrics`; without sensitive values.
   */
  metrics(): readonly MetricFamily[] {
    return this.#parts.readMetrics();
  }

  #snapshotParts(reason: string): SnapshotParts {
    return snapshotPartsOf(this.#state, this.#parts, {
      reason,
      error: this.#failure,
      executing: this.#dispatcher.active(),
    });
  }

  #loaded(): LoadedApp {
    if (this.#state.app === undefined) throw notLoaded();
    return this.#state.app;
  }

  async #shutDown(options: StopOptions, leastExitCode: number): Promise<StopResult> {
    const { phase, app, running } = this.#state;
    const { bus, exitRequest } = this.#parts;
    const { reason = "stop", timeoutMs = this.#options.shutdownTimeoutMs ?? 30_000 } = options;
    if (phase === "starting" && leastExitCode === 0) {
      this.abort(options.reason ?? "stop was called");
    }
    if (running?.isAnnounced) void bus.emitKernel("Runtime.Stopping", { reason });
    // Half of the time is left for the teardown.
    const snapshot = this.#observers.takeExitSnapshot(reason, timeoutMs / 2);
    this.#state = { phase: "stopping", app, running };
    if (phase === "started" && options.drainDelayMs) await sleep(options.drainDelayMs);
    const errors = await running?.stop(snapshot, { ...options, timeoutMs }) ?? [];
    if (running === undefined) this.#dispatcher.close();
    await snapshot;
    await this.#observers.endTraces(timeoutMs);
    this.#warnAboutLeakedHolds();
    this.#parts.holds.releaseAll();
    this.#state = { phase: "stopped", app, running: undefined };
    const exitCode = Math.max(exitRequest.code, leastExitCode, errors.length > 0 ? 1 : 0);
    if (running?.isAnnounced) void bus.emitKernel("Runtime.Stopped", { exitCode });
    bus.close();
    this.#observers.close();
    return { exitCode, errors };
  }

  /** A hold that outlives the teardown of its owner was leaked. */
  #warnAboutLeakedHolds(): void {
    for (const { owner, reason } of this.#parts.holds.active()) {
      this.#parts.logMessage("warn", `${owner} never released its hold "${reason}"`);
    }
  }
}

/** The error of every method that needs a loaded app. */
function notLoaded(): Error {
  return fail("ERR_USAGE", { problem: "This kernel has not loaded an app" }, {
    help: "Call kernel.load(path) first",
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
