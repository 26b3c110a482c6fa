/** An app from the start of its boot to the end of its teardown. */
import { fail, type Origin } from "../contract/errors.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { ModuleCreateContext } from "../contract/contexts.ts";
import type { Controller, DiglyModule } from "../contract/module.ts";
import type { Context } from "../contract/execution.ts";
import type { ResourceInstance } from "../contract/module.ts";
import type { ResourceManifest, RuntimeResource } from "../contract/resource.ts";
import { parseUrn } from "../contract/urn.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { createContextFactory } from "./boot/context.ts";
import { emitAs } from "./boot/emit.ts";
import { bootResources, type RunningResource } from "./boot/discover.ts";
import { checkFakes, fakeController, type Fakes } from "./boot/fakes.ts";
import { startControllers } from "./boot/register.ts";
import type { Services } from "./boot/services.ts";
import type { BootWatch } from "./boot/watch.ts";
import type { LoadedApp } from "./loaded_app.ts";
import type { Target } from "./run/dispatch.ts";
import { createInterceptors, type Intercepted } from "./run/interceptors.ts";
import { createServices, type RunOptions } from "./running_services.ts";
import { warnAboutInterceptors } from "./run/interceptor_warnings.ts";
import { shutDown, type StopOptions } from "./run/shutdown.ts";
import { executablesOf, findTarget } from "./run/targets.ts";

const NONE: readonly string[] = [];
const NO_FAKES: Fakes = {};

/** A running app. */
export class RunningApp {
  readonly app: LoadedApp;
  readonly #options: RunOptions;
  readonly #services: Services;
  /** Aborted when the app begins to stop. */
  readonly #stopping = new AbortController();
  /** Initialised resources by URN, in the order of their creation. */
  readonly #running = new Map<string, RunningResource<RegistryEntry>>();
  readonly #targets = new Map<string, Target>();
  readonly #interceptors = createInterceptors(() => this.#targets.clear());
  /** Resources that controllers have registered and no pass has created. */
  readonly #added: RegistryEntry[] = [];
  /** What the controllers of resources have said that they wait for. */
  readonly #waits = new Map<string, Set<string>>();
  #isAnnounced = false;
  #isBooting = true;

  constructor(app: LoadedApp, options: RunOptions) {
    this.app = app;
    this.#options = options;
    this.#services = createServices(app, options, {
      stopping: this.#stopping.signal,
      interceptors: this.#interceptors,
      instance: (urn) => this.instance(urn),
      waitFor: (urn, waiting) => this.#waitFor(urn, waiting),
      registerResource: (manifest, creator) => this.#registerResource(manifest, creator),
    });
  }

  /** True once `Runtime.Starting` was emitted: only then does a stop emit events. */
  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  instance(urn: string): ResourceInstance | undefined {
    return this.#running.get(urn)?.instance;
  }

  /** The resource whose code threw an error that nobody handled, and the place in it. */
  async locate(thrown: unknown): Promise<{ urn: string; origin: Origin } | undefined> {
    for (const [urn, { instance }] of [...this.#running]) {
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
      const reason = this.#isBooting ? "it is not initialised yet" : "it is not running";
      target = this.#interceptors.wrap(
        this.#fakeOf(urn) ?? findTarget(urn, executablesOf(this.app, this, reason), chain()),
        () => this.#intercepted(urn),
        this.#options.dispatcher.complete,
      );
      this.#targets.set(urn, target);
    }
    return target;
  }

  /** Emits an event on behalf of an execution. */
  emit(ctx: Context, event: string, payload: unknown): Promise<void> {
    const { urn, traceId } = ctx;
    const { kind, name } = parseUrn(urn)!;
    const module = this.app.kinds.moduleOf(kind).name;
    const isOwn = !String(event).includes(".") || event.startsWith(`${kind}.`);
    const full = event && isOwn && !event.startsWith(`${kind}.`) ? `${kind}.${event}` : event;
    const subject = { module, ...(isOwn ? { kind, name } : {}), traceId, source: urn };
    return emitAs({ owner: urn, module, execution: ctx }, full, payload, subject, this.#services);
  }

  /** Starts the controllers and boots all resources. */
  async boot(watch: BootWatch): Promise<void> {
    const { app } = this;
    const { bus, registered } = this.#options.parts;
    const chosen = await app.checks.chosenEntries();
    this.#isAnnounced = true;
    void bus.emitKernel("Runtime.Starting", undefined);
    await this.#startControllers(app.usedKinds(), chosen, registered, watch);
    await this.#bootResources(watch);
    this.#isBooting = false;
    warnAboutInterceptors(this.#interceptors.names(), app, this.#options.parts.logMessage);
  }

  /** Drains and tears everything down; returns what failed. */
  async stop(
    before: Promise<void> | undefined,
    options: StopOptions & { readonly timeoutMs: number },
  ): ReturnType<typeof shutDown> {
    const { dispatcher, parts: { bus, logStep } } = this.#options;
    this.#isBooting = false;
    this.#stopping.abort();
    const resources = [...this.#running.values()];
    return await shutDown({
      running: resources.map(({ entry, instance }) => ({ urn: entry.urn, entry, instance })),
      active: dispatcher.active,
      idle: dispatcher.idle,
      onDrained: dispatcher.close,
      before,
      onTornDown: ({ urn, entry: { kind, name } }) => {
        this.#running.delete(urn);
        this.#targets.delete(urn);
        this.#endOf(urn);
        this.#options.parts.metrics.end(urn);
        void bus.emit(`${kind}.Teardown`, undefined, { kind, name });
      },
      logStep,
    }, options);
  }

  async #startControllers(
    kinds: Iterable<string>,
    entries: ReadonlyMap<string, ControllerEntry>,
    modules: readonly DiglyModule[],
    watch: BootWatch,
  ): Promise<void> {
    const { parts: { loader }, bootSignal } = this.#options;
    const inCode = new Map<string, Controller>();
    for (const kind of kinds) {
      const implementation = this.app.kinds.get(kind)?.implementation;
      if (implementation?.type === "code" && !this.app.isFakedKind(kind)) {
        inCode.set(kind, implementation.controller);
      }
    }
    const moduleOf = (kind: string) => this.app.kinds.moduleOf(kind);
    const hasValue = (kind: string) => this.app.kinds.get(kind)?.valueExpression !== undefined;
    const inUse = { entries, inCode, modules, moduleOf, hasValue };
    const services = this.#services;
    this.app.addControllers(
      await startControllers(inUse, loader, services, bootSignal, watch.step),
    );
  }

  async #bootResources(watch: BootWatch): Promise<void> {
    const { app } = this;
    const { parts: { platform, bus, logStep }, dispatcher, bootSignal } = this.#options;
    const { fakes = NO_FAKES } = this.#options.parts.options;
    checkFakes(fakes, app);
    const factories = new Map<string, (resource: RuntimeResource) => ModuleCreateContext>();
    await bootResources(app.entries(), {
      controllerOf: ({ urn, kind }) =>
        Object.hasOwn(fakes, urn) ? fakeController(urn, fakes[urn]!, app) : app.controller(kind),
      contextOf: ({ urn, kind, resource }) => {
        // A controller that returned null subscribes again in the next pass.
        this.#endOf(urn);
        const module = app.kinds.moduleOf(kind);
        let factory = factories.get(module.name);
        if (factory === undefined) {
          factories.set(module.name, factory = createContextFactory(module, this.#services));
        }
        return factory(resource);
      },
      dependenciesOf: (urn) => {
        const dependencies = app.dependenciesOf(urn);
        return dependencies.length === 0 ? NONE : dependencies.map((one) => one.urn);
      },
      isInitialized: (urn) => this.#running.has(urn),
      initsConcurrently: (kind) => app.kinds.get(kind)?.concurrentInit ?? false,
      exists: (urn) => app.entry(urn) !== undefined,
      takeWaits: (urn) => {
        const waits = this.#waits.get(urn);
        this.#waits.delete(urn);
        return waits === undefined ? NONE : [...waits];
      },
      onStep: ({ urn, manifest }, step) =>
        watch.step(() => ({ what: `${step} of ${urn}`, origin: manifest.originAt([]) })),
      takeAdded: () => this.#takeAdded(watch),
      runAs: platform.runAs,
      failedIn: (error) => {
        const urn = dispatcher.failedIn(error);
        return urn === undefined ? undefined : { urn, origin: this.#originOf(urn) };
      },
      onInitialized: (running) => {
        const { urn, kind, name } = running.entry;
        this.#running.set(urn, running);
        void bus.emit(`${kind}.Initialized`, undefined, { kind, name });
      },
      signal: bootSignal,
      logStep,
    });
  }

  /** The fake that takes the place of a running resource. */
  #fakeOf(urn: string): Target | undefined {
    const { fakes = NO_FAKES } = this.#options.parts.options;
    const instance = Object.hasOwn(fakes, urn) ? this.instance(urn) : undefined;
    return instance === undefined ? undefined : (input, ctx) => instance.execute!(input, ctx);
  }

  /** Ends the subscriptions and interceptors of a resource. */
  #endOf(urn: string): void {
    this.#options.parts.bus.removeOwner(urn);
    this.#interceptors.removeOwner(urn);
  }

  #intercepted(urn: string): Intercepted {
    const { kind, resource } = this.app.entry(urn)!;
    return { urn, kind, kinds: this.app.kinds.withBases(kind), resource };
  }

  #originOf(urn: string): Origin | undefined {
    return this.app.originAt(urn, []);
  }

  /** Checks the resources that were registered since the last call, and starts their controllers. */
  async #takeAdded(watch: BootWatch): Promise<readonly RegistryEntry[]> {
    const added = this.#added.splice(0);
    if (added.length === 0) return added;
    const chosen = await this.app.checks.verifyEntries(added);
    const isNew = (kind: string) => this.app.controller(kind) === undefined;
    const kinds = new Set(added.map(({ kind }) => kind).filter(isNew));
    const entries = new Map([...chosen].filter(([kind]) => kinds.has(kind)));
    await this.#startControllers(kinds, entries, [], watch);
    return added;
  }

  #waitFor(urn: string, waiting: string): void {
    let waits = this.#waits.get(waiting);
    if (waits === undefined) this.#waits.set(waiting, waits = new Set());
    waits.add(String(urn));
  }

  #registerResource(manifest: ResourceManifest, creator: string): void {
    const entry = this.app.entry(creator);
    if (!this.#isBooting || entry === undefined) {
      throw fail("ERR_EXECUTION_FAILED", {
        urn: creator,
        problem: "resources can be registered only until Runtime.Started",
        chain: [creator],
      }, { help: "Register them in create() or init()" });
    }
    this.#added.push(...this.app.add(manifest, entry));
  }
}
