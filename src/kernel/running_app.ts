/** An app from the begin of its boot to the end of its teardown. */
import { fail, type Origin } from "../contract/errors.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { Controller, DiglyModule, ModuleCreateContext } from "../contract/module.ts";
import type { ResourceInstance } from "../contract/module.ts";
import type { ResourceManifest, RuntimeResource } from "../contract/resource.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { createContextFactory } from "./boot/context.ts";
import { bootResources, type RunningResource } from "./boot/discover.ts";
import { startControllers } from "./boot/register.ts";
import type { Services } from "./boot/services.ts";
import type { BootWatch } from "./boot/watch.ts";
import type { LoadedApp } from "./loaded_app.ts";
import type { KernelParts } from "./parts.ts";
import { resourceEventKey } from "./run/bus.ts";
import type { Dispatcher, Target } from "./run/dispatch.ts";
import { shutDown, type StopOptions } from "./run/shutdown.ts";
import { executablesOf, findTarget } from "./run/targets.ts";

/** What a running app needs from its kernel. */
export interface RunOptions {
  readonly parts: KernelParts;
  readonly dispatcher: Dispatcher;
  /** Aborts the boot. */
  readonly bootSignal: AbortSignal;
}

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
  /** Resources that controllers have registered and no pass has created. */
  readonly #added: RegistryEntry[] = [];
  #isAnnounced = false;
  #isBooting = true;

  constructor(app: LoadedApp, options: RunOptions) {
    this.app = app;
    this.#options = options;
    this.#services = this.#createServices();
  }

  /** True once `Runtime.Starting` was emitted: only then does a stop emit events. */
  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  instance(urn: string): ResourceInstance | undefined {
    return this.#running.get(urn)?.instance;
  }

  /** The target of an execution; looked up once per URN. */
  target(urn: string, chain: () => readonly string[]): Target {
    let target = this.#targets.get(urn);
    if (target === undefined) {
      const reason = this.#isBooting ? "it is not initialised yet" : "it is not running";
      target = findTarget(urn, executablesOf(this.app, this, reason), chain());
      this.#targets.set(urn, target);
    }
    return target;
  }

  /** Starts the controllers and boots all resources. */
  async boot(watch: BootWatch): Promise<void> {
    const { app } = this;
    const { bus, registered } = this.#options.parts;
    const chosen = await app.chosenEntries();
    this.#isAnnounced = true;
    void bus.emitKernel("Runtime.Starting", undefined);
    await this.#startControllers(app.usedKinds(), chosen, registered, watch);
    await this.#bootResources(watch);
    this.#isBooting = false;
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
      const implementation = this.app.kind(kind)?.implementation;
      if (implementation?.type === "code") inCode.set(kind, implementation.controller);
    }
    const moduleOf = (kind: string) => this.app.moduleOf(kind);
    const inUse = { entries, inCode, modules, moduleOf };
    const services = this.#services;
    this.app.addControllers(
      await startControllers(inUse, loader, services, bootSignal, watch.step),
    );
  }

  async #bootResources(watch: BootWatch): Promise<void> {
    const { app } = this;
    const { parts: { platform, bus, logStep }, dispatcher, bootSignal } = this.#options;
    const factories = new Map<string, (resource: RuntimeResource) => ModuleCreateContext>();
    await bootResources(app.entries(), {
      controllerOf: (kind) => app.controller(kind),
      contextOf: ({ kind, resource }) => {
        const module = app.moduleOf(kind);
        let factory = factories.get(module.name);
        if (factory === undefined) {
          factories.set(module.name, factory = createContextFactory(module, this.#services));
        }
        return factory(resource);
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

  #originOf(urn: string): Origin | undefined {
    return this.app.originAt(urn, []);
  }

  /** Checks the resources that were registered since the last call, and starts their controllers. */
  async #takeAdded(watch: BootWatch): Promise<readonly RegistryEntry[]> {
    const added = this.#added.splice(0);
    if (added.length === 0) return added;
    const chosen = await this.app.verifyEntries(added);
    const isNew = (kind: string) => this.app.controller(kind) === undefined;
    const kinds = new Set(added.map(({ kind }) => kind).filter(isNew));
    const entries = new Map([...chosen].filter(([kind]) => kinds.has(kind)));
    await this.#startControllers(kinds, entries, [], watch);
    return added;
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

  #createServices(): Services {
    const { app } = this;
    const { parts, dispatcher } = this.#options;
    const { bus, holds, redaction, options, exitRequest } = parts;
    return {
      execute: dispatcher.execute,
      log: parts.log,
      stdout: options.platform.stdout,
      limits: app.limits,
      redact: (value) => redaction.value(value),
      addSecret: (value) => redaction.add(value),
      stopping: this.#stopping.signal,
      serve: options.serve ?? true,
      requestExit: exitRequest.request,
      acquireHold: holds.acquire,
      holds: holds.active,
      isInitialized: (urn) => this.#running.has(urn),
      originAt: (urn, path, part) => app.originAt(urn, path, part),
      registerResource: (manifest, creator) => this.#registerResource(manifest, creator),
      on: (key, listener, owner, once) => {
        bus.on(key, listener, owner, once);
        app.warnAboutListener(key, owner);
      },
      off: bus.off,
      emit: bus.emit,
      hasListeners: bus.hasListeners,
      resourceEventKey,
      resources: app.view,
    };
  }
}
