/** The kernel: the life of one app, from loading to the end of its teardown. */
import type { CodeTrust } from "../contract/code.ts";
import type { ResourceGraph } from "../contract/graph.ts";
import type { Evaluation } from "../load/references/evaluate_text.ts";
import type { TypedExpression } from "../load/types/resource_check.ts";
import { checkOptions, requireOptions, requirePath } from "../diagnostics/arguments.ts";
import { checkLimits } from "../diagnostics/limit_names.ts";
import { wrongArgument } from "../contract/wrong_argument.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import type { EventListener, EventName, PayloadOf } from "../contract/events.ts";
import type { KindDescription } from "../contract/kind_description.ts";
import type { DiglyModule } from "../contract/module.ts";
import type { Context, ExecutionOptions } from "../contract/execution.ts";
import type { MetricFamily } from "../contract/metrics.ts";
import type { Path, RuntimeResource } from "../contract/resource.ts";
import type { ClusterView } from "../contract/transport.ts";
import { checkModule } from "../load/registry/code_module.ts";
import type { EventStream, EventStreamOptions } from "../observe/event_stream.ts";
import type { InstanceSnapshot, Snapshot } from "../observe/snapshot.ts";
import { readOnly, registryView } from "./boot/registry_view.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { SnapshotOptions } from "./observers.ts";
import type { LoadedApp } from "./loaded_app.ts";
import { type KernelOptions, OPTION_TYPES } from "./options.ts";
import { createKernelParts, type KernelParts } from "./parts.ts";
import { checkStopOptions, type StopOptions, type StopResult } from "./run/shutdown.ts";
import type { ReloadOptions, ReloadSummary } from "./reload/summary.ts";
import type { Hold } from "./run/holds.ts";
import type { KernelState } from "./state.ts";
import { executablesOf, findResource } from "./run/targets.ts";

/** The runtime. One kernel runs one app, once. */
export class Kernel {
  readonly #parts: KernelParts;
  readonly #life: Lifecycle;

  constructor(options: KernelOptions) {
    checkOptions(options, OPTION_TYPES, "options");
    checkLimits(options.limits);
    if (typeof options.platform.toUrl !== "function") {
      throw wrongArgument("options.platform", "a platform", options.platform);
    }
    this.#parts = createKernelParts(options);
    this.#life = new Lifecycle(options, this.#parts);
  }

  /** Every resource, by kind and name: a view that cannot be written to. */
  get registry(): Map<string, Map<string, RuntimeResource>> {
    return this.#life.state.app?.registryView ?? registryView([]);
  }

  /**
   * The module that serves each kind: a view that cannot be written to. `create` and `execute`
   * are there if the kind's controller has them; that of a kind in use is loaded by {@link start}.
   */
  get modules(): Map<string, DiglyModule> {
    return this.#life.state.app?.modulesView((urn, input, ctx) => this.execute(urn, input, ctx)) ??
      readOnly(new Map());
  }

  /** The highest exit code that a controller requested; 0 without a request. */
  get exitCode(): number {
    return this.#parts.exitRequest.code;
  }

  /** The phase of the app's life, such as `started`. */
  get phase(): KernelState["phase"] {
    return this.#life.state.phase;
  }

  /** Why loading or booting failed. */
  get failure(): DiglyError | undefined {
    return this.#life.failure;
  }

  /** What keeps the process alive, and why the app cannot work at the moment. */
  get reasons(): { readonly holds: readonly Hold[]; readonly unready: readonly Hold[] } {
    return { holds: this.#parts.holds.active(), unready: this.#parts.unready.active() };
  }

  /** Every resource as registered and resolved, in load order. */
  resources(): RuntimeResource[] {
    return this.#life.state.app?.resources() ?? [];
  }

  /** Every kind of the app except the runtime's own, sorted by name. */
  async kinds(): Promise<KindDescription[]> {
    return await this.#life.loaded().describeKinds();
  }

  /** The import that provides a kind, such as `digly:http`, if a built-in module defines it. */
  importFor(kind: string): string | undefined {
    return this.#life.loaded().importFor(kind);
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
    if (this.#life.state.phase !== "empty") {
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
    await this.#life.load(requirePath(path, "path"));
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
    await this.#life.loaded().checks.verify();
  }

  /** The loaded app itself, for editors. */
  inspect(): LoadedApp {
    return this.#life.loaded();
  }

  /**
   * Every expression of the app with its place and its type, for an app that is checked, not
   * started.
   */
  expressions(): Promise<readonly TypedExpression[]> {
    return this.#life.loaded().checks.expressions();
  }

  /**
   * Evaluates an expression in the loaded app: it may use `variables`, `env` and the values of
   * resources. Throws a `DiglyError` with the place in the text.
   */
  evaluate(text: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Evaluation> {
    return this.#life.loaded().evaluate(text, variables);
  }

  /** The resources of the loaded app and how they are connected, after {@link verify}. */
  graph(): Promise<ResourceGraph> {
    return this.#life.loaded().graph();
  }

  /** The resources with code, and how much it is trusted, once {@link verify} has been called. */
  code(): Promise<readonly { readonly urn: string; readonly code: CodeTrust }[]> {
    return this.#life.loaded().code();
  }

  /**
   * URLs of the controllers that fit this runtime and of the checks of kinds. Kinds not in use are
   * included, because another environment or the boot may add resources.
   */
  controllers(): string[] {
    return this.#life.loaded().controllerUrls();
  }

  /** Reads the files of data that resources name, for whoever records what an app consists of. */
  readDataFiles(): void {
    this.#life.loaded().files.readAll();
  }

  /**
   * Boots the app; resolves after `Runtime.Started`. If it fails, everything already
   * initialised is torn down and every hold released before the error is thrown.
   */
  async start(): Promise<void> {
    await this.#life.start();
  }

  /**
   * Loads the app again and changes to its new version. Resources that did not change keep their
   * instances, state and open connections; others are created anew beside the old ones, which are
   * then drained and torn down. Throws what is wrong with the new version, and changes nothing.
   */
  reload(options: ReloadOptions = {}): Promise<ReloadSummary> {
    return this.#life.reload(requireOptions(options, "options") ?? {});
  }

  /** Aborts a boot: {@link start} rejects with `ERR_ABORTED` after rolling back. */
  abort(reason: string): void {
    this.#life.abort(reason);
  }

  /**
   * Throws the error of {@link execute} for a URN that names nothing, before the app is started.
   * Resources that controllers register during the boot do not exist yet; the error says so where it
   * may be one of them.
   */
  requireResource(urn: string): void {
    const app = this.#life.loaded();
    findResource(urn, {
      ...executablesOf(app, undefined, ""),
      mayRegister: (urn) => app.mayRegister(urn),
    });
  }

  /**
   * The place of a resource in its manifest, of the field at `path`, or of the key of that field;
   * `undefined` for a URN that names nothing.
   */
  originAt(urn: string, path: Path = [], anchor?: "key"): Origin | undefined {
    return this.#life.loaded().originAt(urn, path, anchor);
  }

  /**
   * The other processes of the app; `undefined` before the app has started, and in a process that has
   * no role.
   */
  get cluster(): ClusterView | undefined {
    return this.#life.state.running?.remote;
  }

  /** What a running resource provides to others: the `api` of its instance, if it has one. */
  apiOf(urn: string): unknown {
    return this.#life.state.running?.instance(urn)?.api;
  }

  /** True for a resource whose instance is initialised and not torn down. */
  isInitialized(urn: string): boolean {
    return this.#life.state.running?.instance(urn) !== undefined;
  }

  /** True for a resource of the running app that can be executed. */
  isExecutable(urn: string): boolean {
    return this.#life.state.running?.isExecutable(urn) ?? false;
  }

  /** Executes a resource, as a root or below the execution that `ctx` belongs to. */
  execute(urn: string, input?: unknown, ctx?: ExecutionOptions | Context): Promise<unknown> {
    return this.#life.dispatcher.execute(urn, input, ctx);
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
    return this.#life.stop(options ?? {});
  }

  /**
   * The resource whose code threw an error that nobody handled, and the place in its manifest, if
   * the resource knows it.
   */
  async locate(thrown: unknown): Promise<{ urn: string; origin: Origin } | undefined> {
    return await this.#life.state.running?.locate(thrown);
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
    await this.#life.observers.writeEvents(place, requireOptions(options, "options"));
  }

  /** The event stream. Throws `ERR_USAGE` if none was enabled. */
  getEventStream(): EventStream {
    return this.#life.observers.eventStream();
  }

  /**
   * The current state of the kernel, without secrets; with a `path`, also written there as YAML. A
   * `snapshot()` that fails or takes longer than 5 s only affects its own entry. Throws `ERR_USAGE`
   * if the file cannot be written.
   */
  async takeSnapshot(path?: string | URL, options?: SnapshotOptions): Promise<Snapshot> {
    const place = path === undefined ? undefined : requirePath(path, "path");
    return await this.#life.observers.takeSnapshot(place, requireOptions(options, "options"));
  }

  /**
   * What the instances of running resources say of themselves, by URN; each may take `limitMs`. With
   * `only`, the one of a single resource.
   */
  async instanceSnapshots(
    limitMs: number,
    only?: string,
  ): Promise<ReadonlyMap<string, InstanceSnapshot>> {
    const { running, app } = this.#life.state;
    const urns = only === undefined ? (app?.entries() ?? []).map(({ urn }) => urn) : [only];
    const { snapshotInstance } = await import("../observe/snapshot.ts");
    const taken = urns.flatMap((urn) => {
      const instance = running?.instance(urn);
      if (instance?.snapshot === undefined) return [];
      return [snapshotInstance(instance, limitMs).then((snapshot) => [urn, snapshot] as const)];
    });
    return new Map(await Promise.all(taken));
  }

  #listen(event: string, listener: EventListener, once: boolean): () => void {
    const end = this.#parts.bus.on(event, listener, "kernel", once);
    this.#life.state.app?.warnAboutListener(event, "kernel");
    return end;
  }

  /**
   * The metrics of the app's modules, and those of the runtime while something else reads them, such
   * as an `Http.Server` with `metrics`; without sensitive values.
   */
  metrics(): readonly MetricFamily[] {
    return this.#parts.readMetrics();
  }
}
