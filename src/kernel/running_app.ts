/** An app from the start of its boot to the end of its teardown. */
import type { Origin } from "../contract/errors.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { Controller, DiglyModule } from "../contract/module.ts";
import type { Context } from "../contract/execution.ts";
import type { ResourceInstance } from "../contract/module.ts";
import { parseUrn } from "../contract/urn.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { createResourceContexts } from "./boot/context.ts";
import { emitAs } from "./boot/emit.ts";
import { bootResources } from "./boot/discover.ts";
import { checkFakes, fakeController, type Fakes } from "./boot/fakes.ts";
import { startControllers } from "./boot/register.ts";
import { Registrations } from "./boot/registrations.ts";
import type { Services } from "./boot/services.ts";
import { Waits } from "./boot/waits.ts";
import { Instances, type Running } from "./instances.ts";
import { join, notReloaded } from "./join.ts";
import type { LoadedApp } from "./loaded_app.ts";
import type { RemoteSide, WrapTarget } from "./remote_side.ts";
import { createServices, type RunOptions } from "./running_services.ts";
import { createReadLog } from "./reload/reads.ts";
import type { BootChoices, Booting, TakeOver } from "./reload/boot_choices.ts";
import type { Reloaded } from "./reload/summary.ts";
import { reloadRunning } from "./reload/reload_running.ts";
import { createRetained } from "./reload/retained.ts";
import type { InProgress, Target } from "./run/dispatch.ts";
import { createInterceptors, type Intercepted } from "./run/interceptors.ts";
import { warnAboutInterceptors } from "./run/interceptor_warnings.ts";
import { shutDown, type StopOptions } from "./run/shutdown.ts";
import { type Executables, executablesOf, findTarget } from "./run/targets.ts";
import { ownValue } from "../contract/own_key.ts";

const SHUTDOWN_TIMEOUT_MS = 30_000;
const NONE: readonly string[] = [];
const NOTHING: ReadonlyMap<string, TakeOver> = new Map();
const NO_FAKES: Fakes = {};

/** A running app. */
export class RunningApp {
  #app: LoadedApp;
  readonly #options: RunOptions;
  #services: Services;
  /** Aborted when the app begins to stop. */
  readonly #stopping = new AbortController();
  readonly #instances = new Instances();
  readonly #reads = createReadLog();
  readonly #targets = new Map<string, Target>();
  readonly #interceptors = createInterceptors(() => this.#targets.clear());
  readonly #registrations = new Registrations();
  readonly #waits = new Waits();
  /** What instances that a reload replaces still listen to. */
  readonly #retained;
  /** Instances that a reload has replaced and that are being torn down. */
  #retiring: Promise<void> = Promise.resolve();
  #remote: RemoteSide | undefined;
  #isAnnounced = false;
  #isBooting = true;

  constructor(app: LoadedApp, options: RunOptions) {
    this.#app = app;
    this.#options = options;
    this.#retained = createRetained([options.parts.bus, this.#interceptors]);
    this.#services = this.#createServices();
  }

  /** The current version of the app. */
  get app(): LoadedApp {
    return this.#app;
  }

  /** True once `Runtime.Starting` was emitted: only then does a stop emit events. */
  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  instance(urn: string): ResourceInstance | undefined {
    return this.#instances.get(urn);
  }

  /** The resource whose code threw an error that nobody handled, and the place in it. */
  async locate(thrown: unknown): Promise<{ urn: string; origin: Origin } | undefined> {
    for (const { entry: { urn }, instance } of this.#instances.all()) {
      if (typeof instance.locate !== "function") continue;
      try {
        const origin = await instance.locate(thrown);
        if (origin !== undefined) return { urn, origin };
      } catch {
        // The error that is being reported matters more.
      }
    }
    return undefined;
  }

  /** The target of an execution; looked up once per URN. */
  target(urn: string, chain: () => readonly string[]): Target {
    let target = this.#targets.get(urn);
    if (target === undefined) {
      const fake = this.#fakeOf(urn);
      const reason = this.#isBooting ? "it is not initialised yet" : "it is not running";
      const { complete } = this.#options.dispatcher;
      const wrap: WrapTarget = (one, applies) =>
        this.#interceptors.wrap(one, () => this.#intercepted(urn), complete, applies);
      const local = () => fake ?? findTarget(urn, this.#executables(reason), chain());
      target = (fake === undefined ? this.#remote?.targetOf(urn, wrap, local) : undefined) ??
        wrap(local());
      this.#targets.set(urn, target);
    }
    return target;
  }

  /** True for a resource that can be executed. */
  isExecutable(urn: string): boolean {
    try {
      findTarget(urn, this.#executables(""), []);
      return true;
    } catch {
      return false;
    }
  }

  /** Emits an event on behalf of an execution. */
  emit(ctx: Context, event: string, payload: unknown): Promise<void> {
    const { urn, traceId } = ctx;
    // Only resources are executed, whose URNs can be parsed.
    const { kind, name } = parseUrn(urn)!;
    const module = this.app.kinds.moduleOf(kind).name;
    const isOwn = !String(event).includes(".") || event.startsWith(`${kind}.`);
    const full = event && isOwn && !event.startsWith(`${kind}.`) ? `${kind}.${event}` : event;
    const subject = { module, ...(isOwn ? { kind, name } : {}), traceId, source: urn };
    return emitAs({ owner: urn, module, execution: ctx }, full, payload, subject, this.#services);
  }

  /** Starts the controllers and boots all resources. */
  async boot(booting: Booting): Promise<void> {
    const { app } = this;
    const { bus, registered } = this.#options.parts;
    const createdAt = Date.now();
    const chosen = await app.checks.chosenEntries();
    this.#isAnnounced = true;
    void bus.emitKernel("Runtime.Starting", undefined);
    const joined = { ...this.#options, app, services: this.#services, bootSignal: booting.signal };
    this.#remote = await join(joined, chosen);
    const remote = this.#remote;
    if (remote !== undefined) {
      const origin = app.originAt(remote.urn, []);
      booting.watch.step(() => ({ what: `the connection of ${remote.urn}`, origin }));
      await remote.open();
    }
    await this.#startControllers(app.local.kinds(), chosen, registered, booting);
    await this.#bootResources(app.local.entries(), booting, { createdAt });
    this.#isBooting = false;
    warnAboutInterceptors(this.#interceptors.names(), app, this.#options.parts.logMessage);
    await this.#remote?.serve();
  }

  /** The other processes of the app; `undefined` for a process without a role. */
  get remote(): RemoteSide | undefined {
    return this.#remote;
  }

  /**
   * Changes to another version of the app, which was verified: keeps the instances of resources that
   * did not change, and replaces the others. If that fails, everything is as before.
   */
  async reload(next: LoadedApp, booting: Booting): Promise<Reloaded> {
    const { parts, dispatcher } = this.#options;
    const previous = this.#app;
    if (this.#remote !== undefined) throw notReloaded();
    return await reloadRunning({
      previous,
      next,
      parts,
      instances: this.#instances,
      reads: this.#reads,
      retained: this.#retained,
      registrations: this.#registrations.all,
      dispatcher,
      use: (app, isBooting) => {
        this.#app = app;
        this.#isBooting = isBooting;
        this.#services = this.#createServices();
        this.#registrations.takeAdded();
        this.#targets.clear();
      },
      startControllers: (kinds, entries) => this.#startControllers(kinds, entries, [], booting),
      bootResources: (entries, options) => this.#bootResources(entries, booting, options),
      onCommit: () => this.#targets.clear(),
      stop: (running, executions) => this.#tearDown(running, executions),
      retire: (work) => {
        this.#retiring = Promise.all([this.#retiring, work]).then(() => undefined);
      },
    });
  }

  /** Drains and tears everything down; returns what failed. */
  async stop(
    before: Promise<void> | undefined,
    options: StopOptions & { readonly timeoutMs: number },
  ): ReturnType<typeof shutDown> {
    const { dispatcher, parts: { bus, logStep } } = this.#options;
    this.#isBooting = false;
    this.#stopping.abort();
    return await shutDown({
      transport: this.#remote,
      running: this.#instances.all().map((one) => ({ urn: one.entry.urn, ...one })),
      active: dispatcher.active,
      idle: dispatcher.idle,
      onDrained: dispatcher.close,
      before: Promise.all([before, this.#retiring]).then(() => undefined),
      onTornDown: ({ urn, entry: { kind, name }, instance }) => {
        this.#instances.remove(urn, instance);
        this.#targets.delete(urn);
        this.#endOf(urn);
        this.#options.parts.metrics.end(urn);
        void bus.emit(`${kind}.Teardown`, undefined, { kind, name });
      },
      logStep,
    }, options);
  }

  /** Tears down instances that a reload has replaced, or that it could not use. */
  async #tearDown(
    running: readonly Running[],
    executions: InProgress,
  ): ReturnType<typeof shutDown> {
    const { bus, logStep, metrics, options } = this.#options.parts;
    return await shutDown({
      running: running.map((one) => ({ urn: one.entry.urn, ...one })),
      active: executions.active,
      idle: executions.ended,
      onDrained: () => {},
      onTornDown: ({ urn, entry: { kind, name } }) => {
        if (this.#instances.get(urn) === undefined) metrics.end(urn);
        void bus.emit(`${kind}.Teardown`, undefined, { kind, name });
      },
      logStep,
    }, { timeoutMs: options.shutdownTimeoutMs ?? SHUTDOWN_TIMEOUT_MS });
  }

  async #startControllers(
    kinds: Iterable<string>,
    entries: ReadonlyMap<string, ControllerEntry>,
    modules: readonly DiglyModule[],
    { watch, signal }: Booting,
  ): Promise<void> {
    const { loader } = this.#options.parts;
    const inCode = new Map<string, Controller>();
    for (const kind of kinds) {
      const implementation = this.app.kinds.get(kind)?.implementation;
      if (implementation?.type === "code" && !this.app.isFakedKind(kind)) {
        inCode.set(kind, implementation.controller);
      }
    }
    const moduleOf = (kind: string) => this.app.kinds.moduleOf(kind);
    const hasValue = (kind: string) => this.app.kinds.get(kind)?.valueExpression !== undefined;
    const isRegistered = (controller: Controller) => this.app.hasController(controller);
    const inUse = { entries, inCode, modules, moduleOf, hasValue, isRegistered };
    const services = this.#services;
    this.app.addControllers(
      await startControllers(inUse, loader, services, signal, watch.step),
    );
  }

  async #bootResources(
    entries: readonly RegistryEntry[],
    booting: Booting,
    { createdAt, takenOver = NOTHING, onAllInitialized = () => {} }: BootChoices,
  ): Promise<void> {
    const { app } = this;
    const { watch, signal } = booting;
    const { parts: { platform, bus, logStep }, dispatcher } = this.#options;
    const { fakes = NO_FAKES } = this.#options.parts.options;
    checkFakes(fakes, app);
    const moduleOf = (kind: string) => app.kinds.moduleOf(kind);
    const contextOf = createResourceContexts(moduleOf, this.#services);
    const hasFakes = Object.keys(fakes).length > 0;
    await bootResources(entries, {
      controllerOf: ({ urn, kind }) => {
        const start = takenOver.get(urn);
        if (start !== undefined) return { create: () => ({ start }) };
        const fake = hasFakes ? ownValue(fakes, urn) : undefined;
        return fake === undefined ? app.controller(kind) : fakeController(urn, fake, app);
      },
      contextOf: ({ urn, resource }) => {
        // A controller that returned null subscribes again in the next pass.
        if (!takenOver.has(urn)) this.#endOf(urn);
        return contextOf(resource);
      },
      dependenciesOf: (urn) => {
        const dependencies = app.dependenciesOf(urn);
        return dependencies.length === 0 ? NONE : dependencies.map((one) => one.urn);
      },
      isInitialized: (urn) => this.#isInitialized(urn),
      initsConcurrently: (kind) => app.kinds.get(kind)?.concurrentInit ?? false,
      exists: (urn) => app.entry(urn) !== undefined,
      takeWaits: (urn) => this.#waits.take(urn),
      onStep: ({ urn, manifest }, step) => {
        this.#options.parts.options.probe?.step(urn, step);
        watch.step(() => ({ what: `${step} of ${urn}`, origin: manifest.originAt([]) }));
      },
      takeAdded: () => this.#takeAdded(booting),
      onAllInitialized,
      runAs: platform.runAs,
      failedIn: (error) => {
        const urn = dispatcher.failedIn(error);
        return urn === undefined ? undefined : { urn, origin: this.#originOf(urn) };
      },
      onInitialized: ({ entry, instance }) => {
        const { urn, kind, name } = entry;
        if (takenOver.has(urn)) {
          // An instance that takes over is running.
          this.#instances.add({ entry, instance: this.#instances.executing(urn)!, createdAt });
          return;
        }
        this.#instances.add({ entry, instance, createdAt });
        void bus.emit(`${kind}.Initialized`, undefined, { kind, name });
      },
      signal,
      logStep,
    });
  }

  /** The fake that takes the place of a running resource. */
  #fakeOf(urn: string): Target | undefined {
    const { fakes = NO_FAKES } = this.#options.parts.options;
    const instance = Object.hasOwn(fakes, urn) ? this.instance(urn) : undefined;
    return instance === undefined ? undefined : (input, ctx) => instance.execute?.(input, ctx);
  }

  /** A resource of another process counts as initialised: it is only executed here. */
  #isInitialized(urn: string): boolean {
    return this.#instances.get(urn) !== undefined ||
      (this.#remote !== undefined && !this.app.local.has(urn));
  }

  /** What executions reach. */
  #executables(notRunningReason: string): Executables {
    const running = { instance: (urn: string) => this.#instances.executing(urn) };
    return executablesOf(this.app, running, notRunningReason);
  }

  /** Ends the subscriptions and interceptors of a resource, and forgets what it has read. */
  #endOf(urn: string): void {
    this.#retained.end(urn);
    this.#reads.forget(urn);
  }

  #intercepted(urn: string): Intercepted {
    // Only resources of the app are executed.
    const { kind, resource } = this.app.entry(urn)!;
    return { urn, kind, kinds: this.app.kinds.withBases(kind), resource };
  }

  #originOf(urn: string): Origin | undefined {
    return this.app.originAt(urn, []);
  }

  /** Checks the resources that were registered since the last call, and starts their controllers. */
  async #takeAdded(booting: Booting): Promise<readonly RegistryEntry[]> {
    const added = this.#registrations.takeAdded();
    if (added.length === 0) return added;
    const chosen = await this.app.checks.verifyEntries(added);
    const isNew = (kind: string) => this.app.controller(kind) === undefined;
    const kinds = new Set(added.map(({ kind }) => kind).filter(isNew));
    const entries = new Map([...chosen].filter(([kind]) => kinds.has(kind)));
    await this.#startControllers(kinds, entries, [], booting);
    return added;
  }

  #createServices(): Services {
    const { parts, dispatcher } = this.#options;
    return createServices({
      app: () => this.#app,
      parts,
      dispatcher,
      instances: this.#instances,
      interceptors: this.#interceptors,
      reads: this.#reads,
      stopping: this.#stopping.signal,
      remote: () => this.#remote,
      isInitialized: (urn) => this.#isInitialized(urn),
      waitFor: (urn, waiting) => this.#waits.add(urn, waiting),
      registerResource: (manifest, creator) =>
        this.#registrations.add(manifest, creator, this.app, this.#isBooting),
    });
  }
}
