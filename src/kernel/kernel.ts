/** The kernel: the life of one app, from loading to the end of its teardown. */
import { createContextFactory } from "./boot/context.ts";
import type { Services } from "./boot/services.ts";
import { type ControllerLoader, createControllerLoader } from "./boot/controllers.ts";
import { bootResources, type RunningResource } from "./boot/discover.ts";
import { moduleView } from "./boot/module_view.ts";
import { readOnly, registryView } from "./boot/registry_view.ts";
import { explainChoice, selectEntry } from "./boot/select.ts";
import { startControllers } from "./boot/register.ts";
import { type BootWatch, watchBoot } from "./boot/watch.ts";
import { verifyResources } from "./verify/verify.ts";
import { withoutConsequences } from "../contract/consequences.ts";
import { checkOptions, requireOptions, requirePath, wrongArgument } from "../contract/arguments.ts";
import { type DiglyError, fail, isDiglyError, messageOf, type Origin } from "../contract/errors.ts";
import type { EventListener } from "../contract/events.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import type { KindDescription } from "../contract/kind_description.ts";
import type { LogLevel, LogSink } from "../contract/log.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type {
  Context,
  Controller,
  DiglyModule,
  ExecutionOptions,
  ModuleCreateContext,
} from "../contract/module.ts";
import type { Platform } from "../contract/platform.ts";
import type { Path, ResourceManifest, RuntimeResource } from "../contract/resource.ts";
import type { TextPart } from "../contract/source.ts";
import { parseUrn } from "../contract/urn.ts";
import { type App, type AppOptions, builtinImportFor, loadApp } from "../load/load.ts";
import { checkModule, declaredKinds } from "../load/registry/code_module.ts";
import { createRedaction } from "../load/redaction/redaction.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { type Bus, createBus, resourceEventKey } from "./run/bus.ts";
import { createDispatcher, type Dispatcher, type Target } from "./run/dispatch.ts";
import { findListenerProblem } from "./run/event_names.ts";
import { createHolds, type Holds } from "./run/holds.ts";
import { type Executables, findResource, findTarget } from "./run/targets.ts";
import { executionEvents } from "./run/execution_events.ts";
import { checkStopOptions, shutDown, type StopOptions, type StopResult } from "./run/shutdown.ts";
import { type KernelOptions, OPTION_TYPES } from "./options.ts";
import { count, type StepLog, withLoggedFiles, withLoggedReads } from "./step_log.ts";
import type { EventStream, EventStreamOptions } from "../observe/event_stream.ts";
import { plainRecord } from "../observe/log_record.ts";
import type { Snapshot, SnapshotParts } from "../observe/snapshot.ts";
import { createObservers, type Observers, type SnapshotOptions } from "./observers.ts";
import { VERSION } from "../version.ts";

/** Watchdog interval: a boot step still pending at the second check is logged, within 10 s. */
const WATCH_INTERVAL_MS = 5_000;

type State = "empty" | "loaded" | "starting" | "started" | "stopping" | "stopped";

/** The runtime. One kernel runs one app, once. */
export class Kernel {
  readonly #options: KernelOptions;
  readonly #log: LogSink;
  readonly #logStep: StepLog | undefined;
  /** The platform, with log lines for what it reads if steps are logged. */
  readonly #platform: Platform;
  readonly #redaction = createRedaction();
  readonly #bus: Bus;
  readonly #holds: Holds;
  readonly #dispatcher: Dispatcher;
  readonly #services: Services;
  readonly #observers: Observers;
  readonly #stopping = new AbortController();
  readonly #boot = new AbortController();
  readonly #registered: DiglyModule[] = [];
  readonly #running = new Map<string, RunningResource<RegistryEntry>>();
  readonly #loader: ControllerLoader;
  readonly #targets = new Map<string, Target>();
  readonly #exitRequest: Promise<number>;
  #exitRequested!: (code: number) => void;
  #controllers: ReadonlyMap<string, Controller> = new Map();
  /** Views are kept until what they show has changed. */
  #registryView: Map<string, Map<string, RuntimeResource>> | undefined;
  #modulesView: Map<string, DiglyModule> | undefined;
  #app: App | undefined;
  #loadOptions: AppOptions | undefined;
  #chosen: ReadonlyMap<string, ControllerEntry> | undefined;
  /** Resources that controllers have registered and no pass has seen. */
  readonly #added: RegistryEntry[] = [];
  #state: State = "empty";
  /** True once `Runtime.Starting` was emitted: only then are there events of an end. */
  #isAnnounced = false;
  #exitCode = 0;
  #stopped: Promise<StopResult> | undefined;
  /** Why loading or booting failed. */
  #failure: DiglyError | undefined;

  constructor(options: KernelOptions) {
    checkOptions(options, OPTION_TYPES, "options");
    if (typeof options.platform.toUrl !== "function") {
      throw wrongArgument("options.platform", "a platform", options.platform);
    }
    this.#options = options;
    const { log } = options;
    this.#log = (record) => log?.(this.redact(plainRecord(record)));
    const logStep: StepLog | undefined = options.logSteps === true && log !== undefined
      ? (message) => this.#logMessage("debug", message)
      : undefined;
    this.#logStep = logStep;
    this.#platform = logStep === undefined
      ? options.platform
      : withLoggedReads(options.platform, logStep);
    this.#loader = createControllerLoader(this.#platform, options.builtins.controllers);
    this.#bus = createBus((owner, event, error) =>
      this.#logMessage("error", `A listener for ${event} failed: ${messageOf(error)}`, owner)
    );
    this.#holds = createHolds({
      blocked: (hold) => void this.#bus.emitKernel("Runtime.Blocked", hold),
      unblocked: () => void this.#bus.emitKernel("Runtime.Unblocked", undefined),
      ...(logStep === undefined ? {} : {
        acquired: ({ owner, reason }) => logStep(`${owner} acquired a hold: ${reason}`),
        released: ({ owner, reason }) => logStep(`${owner} released its hold: ${reason}`),
      }),
    });
    const executables = this.#executables();
    this.#dispatcher = createDispatcher({
      find: (urn, chain) => this.#targets.get(urn) ?? this.#findTarget(urn, executables, chain()),
      originOf: (urn) => this.#originAt(urn, []),
      callDepth: () => this.#app?.limits.callDepth ?? DEFAULT_LIMITS.callDepth,
      observe: executionEvents(this.#bus),
    });
    this.#observers = createObservers({
      platform: options.platform,
      bus: this.#bus,
      snapshotParts: (reason) => this.#snapshotParts(reason),
      redact: (value) => this.redact(value),
      log: (level, message) => this.#logMessage(level, message),
    });
    this.#exitRequest = new Promise((resolve) => this.#exitRequested = resolve);
    this.#services = this.#createServices();
  }

  /** Every resource, by kind and name: a view that cannot be written to. */
  get registry(): Map<string, Map<string, RuntimeResource>> {
    return this.#registryView ??= registryView(this.resources());
  }

  /**
   * The module that serves each kind: a view that cannot be written to. `create` and `execute`
   * are there if the kind's controller has them; that of a kind in use is loaded by {@link start}.
   */
  get modules(): Map<string, DiglyModule> {
    if (this.#modulesView !== undefined) return this.#modulesView;
    const modules = new Map<string, DiglyModule>();
    for (const kind of this.#app?.kinds.keys() ?? []) {
      const module = this.#moduleOf(kind);
      modules.set(
        kind,
        moduleView(kind, {
          module,
          controller: this.#controllers.get(kind),
          registered: this.#registered.find(({ name }) => name === module.name),
        }, (urn, input, ctx) => this.execute(urn, input, ctx)),
      );
    }
    return this.#modulesView = readOnly(modules);
  }

  /** The highest exit code a controller asked for; 0 without one. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** Every resource as registered and resolved, in load order. */
  resources(): RuntimeResource[] {
    return (this.#app?.registry.entries() ?? []).map((entry) => entry.resource);
  }

  /** Every kind of the app except the runtime's own, sorted by name. */
  async kinds(): Promise<KindDescription[]> {
    const { kinds, registry } = this.#loaded();
    const [{ describeKinds }, { stringify }] = await Promise.all([
      import("../load/registry/describe.ts"),
      import("../observe/yaml.ts"),
    ]);
    return describeKinds(kinds, registry, stringify);
  }

  /** The import that provides a kind, such as `digly:http`, if a built-in module defines it. */
  importFor(kind: string): string | undefined {
    this.#loaded();
    return builtinImportFor(kind, this.#loadOptions!);
  }

  /** `value` with everything sensitive in it replaced by `[redacted]`. */
  redact<T>(value: T): T {
    return this.#redaction.value(value);
  }

  /**
   * Registers a module from code, before {@link load}. Throws `ERR_MODULE_INVALID` for anything
   * that is not a module.
   */
  register(module: DiglyModule): void {
    if (this.#state !== "empty") {
      throw fail("ERR_MODULE_INVALID", {
        problem: `The module "${module.name}" was registered after loading`,
      }, { help: "Call kernel.register() before kernel.load()" });
    }
    checkModule(module, this.#registered);
    this.#registered.push(module);
  }

  /**
   * Loads the app at `path`, a `runtime.yaml` or a folder with one, up to the frozen
   * registry. Throws the first `DiglyError`, or reports all of them to `diagnostics`.
   */
  async load(path: string | URL): Promise<void> {
    const place = requirePath(path, "path");
    if (this.#state !== "empty") {
      throw fail("ERR_USAGE", { problem: "This kernel has loaded an app already" }, {
        help: "Make a new Kernel for each app",
      });
    }
    const { snapshotOnExit } = this.#options;
    if (snapshotOnExit !== undefined) await this.#observers.prepareExitSnapshot(snapshotOnExit);
    this.#loadOptions = this.#createLoadOptions();
    try {
      this.#app = await loadApp(place, this.#loadOptions);
    } catch (error) {
      this.#failure = asDiglyError(error);
      throw error;
    }
    this.#registryView = this.#modulesView = undefined;
    this.#state = "loaded";
    for (const [key, owner] of this.#bus.subscriptions()) this.#warnAboutListener(key, owner);
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
    const { registry, kinds } = this.#loaded();
    this.#chosen = await this.#verify(registry.entries());
    if (!this.#options.checking) return;
    const { checkExpressions } = await import("../load/types/type_check.ts");
    const { diagnostics } = this.#loadOptions!;
    checkExpressions(registry.entries(), { registry, kinds, diagnostics });
  }

  async #verify(
    entries: readonly RegistryEntry[],
  ): Promise<ReadonlyMap<string, ControllerEntry>> {
    const app = this.#loaded();
    const chosen = await verifyResources(entries, {
      kinds: app.kinds,
      urns: app.registry.urns,
      host: this.#options.platform.runtime,
      isA: (kind, wanted) => this.#isA(kind, wanted),
      all: () => app.registry.entries(),
      loadCheck: (entry) => this.#loader.loadCheck(entry),
      originAt: (urn, path) => this.#originAt(urn, path),
      exists: (entry) => this.#loader.exists(entry),
      placeOf: (entry) => this.#options.platform.toPath(this.#loader.urlOf(entry)),
      nearestTo: (entry) => this.#loader.nearestTo(entry),
      importFor: (kind) => builtinImportFor(kind, this.#loadOptions!),
      generated: this.#options.builtins.validators ?? (async () => await {}),
      limits: app.limits,
      checking: this.#options.checking ?? false,
      diagnostics: this.#loadOptions!.diagnostics,
    });
    if (this.#logStep !== undefined) this.#logChoices(app, chosen, this.#logStep);
    return chosen;
  }

  #logChoices(app: App, chosen: ReadonlyMap<string, ControllerEntry>, log: StepLog): void {
    const { runtime, toPath } = this.#options.platform;
    for (const [kind, entry] of chosen) {
      const implementation = app.kinds.get(kind)?.implementation;
      const entries = implementation?.type === "entries" ? implementation.entries : [];
      const place = toPath(this.#loader.urlOf(entry));
      log(`Chose the controller ${place} for ${kind}: ${explainChoice(entry, entries, runtime)}`);
    }
  }

  /**
   * URLs of the controllers that fit this runtime and of the checks of kinds, those of kinds not in use as well: more
   * resources may come with another environment, or while booting.
   */
  controllers(): string[] {
    const urls = new Set<string>();
    for (const { check, implementation } of this.#loaded().kinds.values()) {
      if (check?.type === "entry" && this.#loader.exists(check.entry)) {
        urls.add(this.#loader.urlOf(check.entry));
      }
      if (implementation.type !== "entries") continue;
      const selection = selectEntry(implementation.entries, this.#options.platform.runtime);
      if ("entry" in selection && this.#loader.exists(selection.entry)) {
        urls.add(this.#loader.urlOf(selection.entry));
      }
    }
    return [...urls];
  }

  /**
   * Boots the app; resolves after `Runtime.Started`. When it fails, everything already
   * initialised is torn down and every hold released before the error is thrown.
   */
  async start(): Promise<void> {
    const app = this.#loaded();
    if (this.#state !== "loaded") {
      throw fail("ERR_USAGE", { problem: "This kernel was started already" }, {
        help: "Make a new Kernel to run the app again",
      });
    }
    this.#state = "starting";
    const watch = watchBoot({
      intervalMs: WATCH_INTERVAL_MS,
      timeoutMs: this.#options.bootTimeoutMs ?? 60_000,
      warn: (message) => this.#logMessage("warn", message),
      abort: (reason) => this.#boot.abort(reason),
    });
    try {
      if (this.#chosen === undefined) await this.verify();
      const { manifest } = app.modules.at(-1)!;
      await this.#observers.startTraces(manifest, this.#options.env ?? this.#options.platform.env);
      this.#isAnnounced = true;
      void this.#bus.emitKernel("Runtime.Starting", undefined);
      this.#controllers = await this.#startControllers(
        app.registry.kinds(),
        this.#chosen ?? new Map(),
        this.#registered,
        watch.step,
      );
      this.#modulesView = undefined;
      await this.#bootResources(app, watch);
    } catch (error) {
      this.#failure = asDiglyError(error);
      this.#stopped ??= this.#shutDown({ reason: "boot failed" }, 1);
      await this.#stopped;
      throw this.#failure;
    } finally {
      watch.end();
    }
    this.#state = "started";
    void this.#bus.emitKernel("Runtime.Started", undefined);
  }

  /** Aborts a boot: {@link start} rejects with `ERR_ABORTED` after rolling back. */
  abort(reason: string): void {
    this.#boot.abort(
      fail("ERR_ABORTED", { problem: `The boot was aborted: ${String(reason)}` }),
    );
  }

  /**
   * Throws the error of {@link execute} for a URN that names nothing, before the app is started.
   * Resources that controllers register during the boot do not exist yet.
   */
  requireResource(urn: string): void {
    this.#loaded();
    findResource(urn, this.#executables());
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

  /** Resolves when there is no hold. */
  waitUntilIdle(): Promise<void> {
    return this.#holds.idle();
  }

  /** Resolves with the exit code when a controller asks for one. */
  waitForExitRequest(): Promise<number> {
    return this.#exitRequest;
  }

  /** Listens to events by name; `*` is all of them, `Http.*` all that start with `Http.`. */
  on(event: string, listener: EventListener): void {
    this.#bus.on(event, listener, "kernel");
    this.#warnAboutListener(event, "kernel");
  }

  /** Listens to the next event of that name. */
  once(event: string, listener: EventListener): void {
    this.#bus.on(event, listener, "kernel", true);
    this.#warnAboutListener(event, "kernel");
  }

  /** Stops listening. */
  off(event: string, listener: EventListener): void {
    this.#bus.off(event, listener);
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

  #snapshotParts(reason: string): SnapshotParts {
    const modules = new Map(
      [...this.#app?.modules ?? []].map(({ manifest: { name, version } }) => [name, version]),
    );
    for (const { name, version } of this.#registered) modules.set(name, version);
    return {
      reason,
      version: VERSION,
      runtime: this.#options.platform.runtime,
      state: this.#state,
      error: this.#failure,
      modules: Array.from(modules, ([name, version]) => ({ name, version })),
      holds: this.#holds.active(),
      executing: this.#dispatcher.active(),
      resources: (this.#app?.registry.entries() ?? []).map(({ urn, resource }) => ({
        resource,
        instance: this.#running.get(urn)?.instance,
      })),
      redact: (value) => this.redact(value),
    };
  }

  #loaded(): App {
    if (this.#app !== undefined) return this.#app;
    throw fail("ERR_USAGE", { problem: "This kernel has not loaded an app" }, {
      help: "Call kernel.load(path) first",
    });
  }

  #originAt(urn: string, path: Path, part?: TextPart): Origin | undefined {
    const known = parseUrn(urn);
    return known && this.#app?.registry.get(known.kind, known.name)?.manifest.originAt(path, part);
  }

  #createLoadOptions(): AppOptions {
    const { builtins, env, limits, diagnostics, checking, allowHttp, frozen, values } =
      this.#options;
    const platform = this.#platform;
    const log = this.#logStep;
    return {
      platform,
      values: values === undefined || log === undefined
        ? values ?? platform
        : { toPath: values.toPath, files: withLoggedFiles(values, log) },
      builtins: builtins.files,
      declared: this.#registered.flatMap(declaredKinds),
      // Without a prototype: a variable named `constructor` is one that is not set.
      env: Object.assign(Object.create(null), env ?? platform.env),
      limits: limits ?? {},
      checking: checking ?? false,
      allowHttp: allowHttp ?? false,
      frozen: frozen ?? false,
      diagnostics: withoutConsequences(
        diagnostics ?? {
          error(error) {
            throw error;
          },
          warning: (warning) => this.#logMessage("warn", warning.message),
        },
      ),
      redaction: this.#redaction,
      onImport: log &&
        ((path, url) => log(`Resolved the import "${path}" to ${platform.toPath(url)}`)),
      onModule: ({ manifest: { name, version } }, kinds) => {
        log?.(`Registered the module ${name} with ${count(kinds.length, "kind")}`);
        void this.#bus.emitKernel("Module.Registered", { module: name, version, kinds }, {
          module: name,
        });
      },
      onResource: ({ kind, name, manifest: { uri, generationDepth } }) =>
        void this.#bus.emitKernel("Resource.Registered", { uri, generationDepth }, { kind, name }),
    };
  }

  #createServices(): Services {
    const entries = () => this.#app?.registry.entries() ?? [];
    const limits = () => this.#app?.limits ?? DEFAULT_LIMITS;
    const found = (list: readonly RegistryEntry[] | undefined) =>
      (list ?? []).map((entry) => entry.resource);
    return {
      execute: (urn, input, options) => this.execute(urn, input, options),
      log: this.#log,
      stdout: this.#options.platform.stdout,
      get limits() {
        return limits();
      },
      redact: (value) => this.redact(value),
      addSecret: (value) => this.#redaction.add(value),
      stopping: this.#stopping.signal,
      serve: this.#options.serve ?? true,
      requestExit: (code) => {
        this.#exitCode = Math.max(this.#exitCode, code);
        this.#exitRequested(this.#exitCode);
      },
      acquireHold: (owner, reason) => this.#holds.acquire(owner, reason),
      holds: () => this.#holds.active(),
      isInitialized: (urn) => this.#running.has(urn),
      originAt: (urn, path, part) => this.#originAt(urn, path, part),
      registerResource: (manifest, creator) => this.#registerResource(manifest, creator),
      on: (key, listener, owner, once) => {
        this.#bus.on(key, listener, owner, once);
        this.#warnAboutListener(key, owner);
      },
      off: (key, listener) => this.#bus.off(key, listener),
      emit: (event, payload, subject) => this.#bus.emit(event, payload, subject),
      hasListeners: (event, subject) => this.#bus.hasListeners(event, subject),
      resourceEventKey,
      resources: {
        all: () => found(entries()),
        count: () => entries().length,
        byUri: (uri) => this.#app?.registry.byUri(uri)?.resource,
        bySource: (path) => found(this.#app?.registry.bySource(path)),
        byDepth: (depth) => found(this.#app?.registry.byDepth(depth)),
        ownerOf: (kind) => this.#moduleOf(kind).name,
      },
    };
  }

  /** The module whose controller serves `kind`. */
  #moduleOf(kind: string): { readonly name: string; readonly version: string | undefined } {
    const entry = this.#app?.kinds.get(kind);
    const name = (entry && this.#app?.kinds.get(entry.servedBy)?.module) ?? "";
    const loaded = this.#app?.modules.find(({ manifest }) => manifest.name === name);
    const version = loaded?.manifest.version ??
      this.#registered.find((module) => module.name === name)?.version;
    return { name, version };
  }

  /** True for a kind itself and for every kind that extends it, over any number of steps. */
  #isA(kind: string, wanted: string): boolean {
    for (let at: string | undefined = kind; at !== undefined;) {
      if (at === wanted) return true;
      at = this.#app?.kinds.get(at)?.extends;
    }
    return false;
  }

  #registerResource(manifest: ResourceManifest, creator: string): void {
    if (this.#state !== "starting") {
      throw fail("ERR_EXECUTION_FAILED", {
        urn: creator,
        problem: "resources can be registered only until Runtime.Started",
        chain: [creator],
      }, { help: "Register them in create() or init()" });
    }
    const { registry, add } = this.#loaded();
    const { kind, name } = parseUrn(creator)!;
    this.#added.push(...add(manifest, registry.get(kind, name)!));
    this.#registryView = undefined;
  }

  /** Checks what was registered since, and brings its controllers into play. */
  async #takeAdded(watch: BootWatch): Promise<readonly RegistryEntry[]> {
    const added = this.#added.splice(0);
    if (added.length === 0) return added;
    const chosen = await this.#verify(added);
    const isNew = (kind: string) => !this.#controllers.has(kind);
    const kinds = new Set(added.map(({ kind }) => kind).filter(isNew));
    const entries = new Map([...chosen].filter(([kind]) => kinds.has(kind)));
    const more = await this.#startControllers(kinds, entries, [], watch.step);
    this.#controllers = new Map([...this.#controllers, ...more]);
    this.#modulesView = undefined;
    return added;
  }

  #startControllers(
    kinds: Iterable<string>,
    entries: ReadonlyMap<string, ControllerEntry>,
    modules: readonly DiglyModule[],
    onStep: BootWatch["step"],
  ): Promise<ReadonlyMap<string, Controller>> {
    const inCode = new Map<string, Controller>();
    for (const kind of kinds) {
      const implementation = this.#app?.kinds.get(kind)?.implementation;
      if (implementation?.type === "code") inCode.set(kind, implementation.controller);
    }
    const moduleOf = (kind: string) => this.#moduleOf(kind);
    const inUse = { entries, inCode, modules, moduleOf };
    return startControllers(inUse, this.#loader, this.#services, this.#boot.signal, onStep);
  }

  async #bootResources(app: App, watch: BootWatch): Promise<void> {
    const factories = new Map<string, (resource: RuntimeResource) => ModuleCreateContext>();
    await bootResources(app.registry.entries(), {
      controllerOf: (kind) => this.#controllers.get(kind),
      contextOf: ({ kind, resource }) => {
        const module = this.#moduleOf(kind);
        let factory = factories.get(module.name);
        if (factory === undefined) {
          factories.set(module.name, factory = createContextFactory(module, this.#services));
        }
        return factory(resource);
      },
      onStep: ({ urn, manifest }, step) =>
        watch.step(() => ({ what: `${step} of ${urn}`, origin: manifest.originAt([]) })),
      takeAdded: () => this.#takeAdded(watch),
      runAs: (urn, work) => this.#options.platform.runAs(urn, work),
      failedIn: (error) => {
        const urn = this.#dispatcher.failedIn(error as object);
        return urn === undefined ? undefined : { urn, origin: this.#originAt(urn, []) };
      },
      onInitialized: (running) => {
        const { urn, kind, name } = running.entry;
        this.#running.set(urn, running);
        void this.#bus.emit(`${kind}.Initialized`, undefined, { kind, name });
      },
      signal: this.#boot.signal,
      logStep: this.#logStep,
    });
  }

  #findTarget(urn: string, executables: Executables, chain: readonly string[]): Target {
    const target = findTarget(urn, executables, chain);
    this.#targets.set(urn, target);
    return target;
  }

  #executables(): Executables {
    return {
      exists: (kind, name) => this.#app?.registry.get(kind, name) !== undefined,
      urns: () => (this.#app?.registry.entries() ?? []).map(({ urn }) => urn),
      instanceOf: (urn) => this.#running.get(urn)?.instance,
      controllerOf: (kind) => this.#controllers.get(kind),
      moduleOf: (kind) => this.#registered.find(({ name }) => name === this.#moduleOf(kind).name),
      notRunningReason: () =>
        this.#state === "starting" ? "it is not initialised yet" : "it is not running",
    };
  }

  async #shutDown(options: StopOptions, least: number): Promise<StopResult> {
    if (this.#state === "starting" && least === 0) this.abort(options.reason ?? "stop was called");
    const reason = options.reason ?? "stop";
    const timeoutMs = options.timeoutMs ?? this.#options.shutdownTimeoutMs ?? 30_000;
    if (this.#isAnnounced) void this.#bus.emitKernel("Runtime.Stopping", { reason });
    // Half of the time is left for what is torn down.
    const snapshot = this.#observers.takeExitSnapshot(reason, timeoutMs / 2);
    const wasStarted = this.#state === "started";
    this.#state = "stopping";
    if (wasStarted && options.drainDelayMs) await sleep(options.drainDelayMs);
    this.#stopping.abort();
    const errors = await shutDown({
      running: [...this.#running.values()].map(({ entry: { urn }, instance }) => ({
        urn,
        instance,
      })),
      active: () => this.#dispatcher.active(),
      idle: () => this.#dispatcher.idle(),
      onDrained: () => this.#dispatcher.close(),
      before: snapshot,
      onTornDown: ({ urn }) => {
        const { kind, name } = this.#running.get(urn)!.entry;
        this.#running.delete(urn);
        this.#targets.delete(urn);
        void this.#bus.emit(`${kind}.Teardown`, undefined, { kind, name });
      },
      logStep: this.#logStep,
    }, { ...options, timeoutMs });
    await snapshot;
    await this.#observers.endTraces(timeoutMs);
    this.#warnAboutLeakedHolds();
    this.#holds.releaseAll();
    this.#state = "stopped";
    const exitCode = Math.max(this.#exitCode, least, errors.length > 0 ? 1 : 0);
    if (this.#isAnnounced) void this.#bus.emitKernel("Runtime.Stopped", { exitCode });
    this.#bus.close();
    this.#observers.close();
    return { exitCode, errors };
  }

  /** An event that a definition does not list is never emitted. */
  #warnAboutListener(key: string, owner: string): void {
    const kinds = this.#app?.kinds;
    if (kinds === undefined) return;
    const listenerProblem = findListenerProblem(key, {
      eventsOf: (kind) => kinds.get(kind)?.events,
      kinds: () => kinds.keys(),
    });
    if (listenerProblem === undefined) return;
    const { problem, help } = listenerProblem;
    this.#logMessage("warn", help === undefined ? problem : `${problem}. ${help}`, owner);
  }

  /** A hold that outlives the teardown of its owner was leaked. */
  #warnAboutLeakedHolds(): void {
    for (const { owner, reason } of this.#holds.active()) {
      this.#logMessage("warn", `${owner} never released its hold "${reason}"`);
    }
  }

  #logMessage(level: LogLevel, message: string, owner = "kernel"): void {
    this.#log({ time: Date.now(), level, owner, message });
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function asDiglyError(error: unknown): DiglyError {
  if (isDiglyError(error)) return error;
  return fail("ERR_EXECUTION_FAILED", {
    urn: "the runtime",
    problem: messageOf(error),
    chain: [],
  }, { cause: error, help: "This is a fault in Digly itself; please report it" });
}
