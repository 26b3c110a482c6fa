/** An app from the end of its loading on: its resources, kinds, modules and controllers. */
import type { Origin } from "../contract/errors.ts";
import type { KindDescription } from "../contract/kind_description.ts";
import type { Limits } from "../contract/limits.ts";
import type { ResourceDescription } from "../contract/resource_description.ts";
import type { Controller, DiglyModule } from "../contract/module.ts";
import type { Execute } from "../contract/execution.ts";
import {
  isMap,
  type Path,
  type PathSegment,
  type ResourceManifest,
  type RuntimeResource,
} from "../contract/resource.ts";
import type { Anchor } from "../contract/source.ts";
import { urnIn } from "../contract/known_urns.ts";
import { parseUrn } from "../contract/urn.ts";
import { builtinImportFor } from "../load/compile_documents.ts";
import { type App, loadApp } from "../load/load.ts";
import { declaredBy, declaredError, knownCodes } from "../load/registry/declared_errors.ts";
import type { ResourceGraph } from "../contract/graph.ts";
import type { Evaluation } from "../load/references/evaluate_text.ts";
import type { KindEntry } from "../load/registry/kinds.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { moduleView } from "./boot/module_view.ts";
import { ownUrn, translationFor } from "./boot/own_names.ts";
import { readOnly, registryView } from "./boot/registry_view.ts";
import type {
  ExpressionServices,
  KindEvents,
  ModuleIdentity,
  ResourceView,
} from "./boot/services.ts";
import { AppFiles } from "./app_files.ts";
import { type ChosenEntries, controllerUrlsOf, logChoices } from "./controller_choices.ts";
import { createExpressionServices, createResourceView } from "./app_views.ts";
import { createLoadOptions, type KernelLoadOptions } from "./load_options.ts";
import type { KernelParts } from "./parts.ts";
import { findListenerProblem } from "./run/event_names.ts";
import type { Thrower } from "./run/module_errors.ts";
import { executionSchema } from "../load/types/declared_schema.ts";
import type { TypeHints } from "../load/types/type_hints.ts";
import type { TypedExpression } from "../load/types/type_check.ts";
import { collectDependencies, type Dependency } from "./verify/dependencies.ts";
import { verifyResources } from "./verify/verify.ts";

const NO_DEPENDENCIES: readonly Dependency[] = [];

/** Loads the app at `path`. Throws or reports errors as the diagnostics of the kernel do. */
export async function loadAppWith(path: string, parts: KernelParts): Promise<LoadedApp> {
  const options = createLoadOptions(parts);
  return new LoadedApp(await loadApp(path, options), options, parts);
}

/** A loaded app. It exists until the kernel does, also after the stop. */
export class LoadedApp {
  readonly #app: App;
  readonly #options: KernelLoadOptions;
  readonly #parts: KernelParts;
  #controllers: ReadonlyMap<string, Controller> = new Map();
  #chosen: ChosenEntries | undefined;
  /** What the checks of kinds say about types, for an app that will not be started. */
  #hints: TypeHints | undefined;
  readonly #dependencies = new Map<string, readonly Dependency[]>();
  /** True if an import gives a module another name than its own. */
  readonly #hasRenamed: boolean;
  /** Views are cached until the data behind them changes. */
  #registryView: Map<string, Map<string, RuntimeResource>> | undefined;
  #modulesView: Map<string, DiglyModule> | undefined;
  #expressionServices: ExpressionServices | undefined;

  constructor(app: App, options: KernelLoadOptions, parts: KernelParts) {
    this.#app = app;
    this.#hasRenamed = app.modules.some(({ manifest: { name, ownName } }) => name !== ownName);
    this.#options = options;
    this.#parts = parts;
    this.view = createResourceView(app.registry, {
      ownerOf: (kind) => this.moduleOf(kind).name,
      isA: (kind, wanted) => this.isA(kind, wanted),
    });
  }

  get limits(): Limits {
    return this.#app.limits;
  }

  /** The manifest that the app was started with. */
  get manifest(): { readonly name: string; readonly version: string | undefined } {
    // Imports come before the module that imports them, so the started one is the last.
    return this.#app.modules.at(-1)!.manifest;
  }

  /** The modules that were loaded from manifests. */
  get modules(): readonly ModuleIdentity[] {
    return this.#app.modules.map(({ manifest: { name, ownName, version } }) => (
      { name, ownName, version }
    ));
  }

  entries(): readonly RegistryEntry[] {
    return this.#app.registry.entries();
  }

  entry(urn: string): RegistryEntry | undefined {
    const parsed = parseUrn(urn);
    return parsed && this.#app.registry.get(parsed.kind, parsed.name);
  }

  resources(): RuntimeResource[] {
    return this.entries().map(({ resource }) => resource);
  }

  /** The kinds of all resources. */
  usedKinds(): Iterable<string> {
    return this.#app.registry.kinds();
  }

  kind(name: string): KindEntry | undefined {
    return this.#app.kinds.get(name);
  }

  /** What whoever executes a resource may know of it. */
  describe(urn: string): ResourceDescription | undefined {
    const entry = this.entry(urn);
    if (entry === undefined) return undefined;
    const { kind, resource: { metadata } } = entry;
    const { registry, kinds } = this.#app;
    const errors = this.kind(kind)?.errors ?? "*";
    return {
      urn,
      kind,
      metadata,
      input: executionSchema(entry, "input", registry, kinds),
      output: executionSchema(entry, "output", registry, kinds),
      errors: errors === "*" ? {} : Object.fromEntries(errors),
    };
  }

  /** What a module declares about one of its error codes. */
  declaredError(code: string): { readonly status: number | undefined } | undefined {
    return declaredError(this.#app.kinds, code);
  }

  /** What the module that serves a resource declares about its errors. */
  throwerOf(urn: string): Thrower | undefined {
    const entry = this.entry(urn);
    if (entry === undefined) return undefined;
    const { name, ownName } = this.moduleOf(entry.kind);
    const declared = declaredBy(this.#app.kinds, entry.kind);
    return declared && { urn, module: { name, ownName }, declared };
  }

  /** The URN that code of the module of `caller` means, which has the module's own name for itself. */
  ownUrn(urn: string, caller: string): string {
    if (!this.#hasRenamed) return urn;
    const kind = this.entry(caller)?.kind;
    if (kind === undefined) return urn;
    return ownUrn(urn, caller, translationFor(this.moduleOf(kind)), this.view);
  }

  originAt(urn: string, path: Path, anchor?: Anchor): Origin | undefined {
    return this.entry(urn)?.manifest.originAt(path, anchor);
  }

  /** The URN of the resource that is written inline at a path of `owner`. */
  inlineAt(path: Path, owner: string): string | undefined {
    let value: unknown = this.entry(owner)?.resource;
    for (const step of path) value = (value as Record<PathSegment, unknown> | undefined)?.[step];
    const urn = isMap(value) ? urnIn(value) : undefined;
    const inline = urn === undefined ? undefined : this.entry(urn)?.manifest.inline;
    return inline?.owner === this.entry(owner)?.manifest ? urn : undefined;
  }

  /** The files that resources name. */
  get files(): AppFiles {
    const { loader, platform } = this.#parts;
    return new AppFiles(this.#app, loader, platform.files);
  }

  /** The registry as contexts read it. */
  readonly view: ResourceView;

  /** What compiling the expressions of resources needs. */
  get expressionServices(): ExpressionServices {
    return this.#expressionServices ??= createExpressionServices(this.#app);
  }

  get registryView(): Map<string, Map<string, RuntimeResource>> {
    return this.#registryView ??= registryView(this.resources());
  }

  /** A view of the module that serves each kind; its executions go through `execute`. */
  modulesView(execute: Execute): Map<string, DiglyModule> {
    if (this.#modulesView !== undefined) return this.#modulesView;
    const modules = new Map<string, DiglyModule>();
    for (const kind of this.#app.kinds.keys()) {
      const module = this.moduleOf(kind);
      const controller = this.#controllers.get(kind);
      const registered = this.#registeredModule(module.name);
      modules.set(kind, moduleView(kind, { module, controller, registered }, execute));
    }
    return this.#modulesView = readOnly(modules);
  }

  /** Descriptions of every kind except the runtime's own, sorted by name. */
  async describeKinds(): Promise<KindDescription[]> {
    const [{ describeKinds }, { stringify }] = await Promise.all([
      import("../load/registry/describe.ts"),
      import("../observe/yaml.ts"),
    ]);
    return describeKinds(this.#app.kinds, this.#app.registry, stringify);
  }

  /** The import that provides a kind, such as `digly:http`, if a built-in module defines it. */
  importFor(kind: string): string | undefined {
    return builtinImportFor(kind, this.#options);
  }

  /** The module whose controller serves `kind`. */
  moduleOf(kind: string): ModuleIdentity {
    const entry = this.kind(kind);
    const name = (entry && this.kind(entry.servedBy)?.module) ?? "";
    const loaded = this.#app.modules.find(({ manifest }) => manifest.name === name);
    const version = loaded?.manifest.version ?? this.#registeredModule(name)?.version;
    return { name, ownName: loaded?.manifest.ownName ?? name, version };
  }

  /** The module registered from code whose controller serves `kind`. */
  registeredModuleOf(kind: string): DiglyModule | undefined {
    return this.#registeredModule(this.moduleOf(kind).name);
  }

  #registeredModule(name: string): DiglyModule | undefined {
    return this.#parts.registered.find((module) => module.name === name);
  }

  /** True for a kind itself, for every kind that extends it, and for a contract that one fulfils. */
  isA(kind: string, wanted: string): boolean {
    return this.kindsOf(kind).some((name) =>
      name === wanted || this.kind(name)?.implements.includes(wanted) === true
    );
  }

  /** True for a resource without a controller. */
  isData(urn: string): boolean {
    const kind = this.entry(urn)?.kind;
    return kind !== undefined && this.kind(kind)?.implementation.type === "inert";
  }

  /** A kind and those that it extends, directly or not. */
  kindsOf(kind: string): readonly string[] {
    const kinds: string[] = [];
    for (let at: string | undefined = kind; at !== undefined; at = this.kind(at)?.extends) {
      kinds.push(at);
    }
    return kinds;
  }

  /** True if a test replaces every resource of a kind. */
  isFakedKind(kind: string): boolean {
    const { fakes } = this.#parts.options;
    if (fakes === undefined) return false;
    return this.entries().every((entry) => entry.kind !== kind || Object.hasOwn(fakes, entry.urn));
  }

  kindNames(): Iterable<string> {
    return this.#app.kinds.keys();
  }

  /** The events of a kind, and the modules that may emit them; `undefined` for an unknown kind. */
  eventsOf(kind: string): KindEvents | undefined {
    const entry = this.kind(kind);
    if (entry === undefined) return undefined;
    const modules = [...new Set([entry.module, this.moduleOf(kind).name])];
    return { modules, events: this.kindsOf(kind).flatMap((name) => this.kind(name)!.events) };
  }

  /** The controller of a kind, once it is loaded. */
  controller(kind: string): Controller | undefined {
    return this.#controllers.get(kind);
  }

  addControllers(controllers: ReadonlyMap<string, Controller>): void {
    this.#controllers = new Map([...this.#controllers, ...controllers]);
    this.#modulesView = undefined;
  }

  /** Adds a resource from code, or what its template generates. Throws if it is invalid. */
  add(manifest: ResourceManifest, creator: RegistryEntry): readonly RegistryEntry[] {
    const entries = this.#app.add(manifest, creator);
    this.#registryView = undefined;
    return entries;
  }

  /** Checks every resource, and the types of expressions if the app will not be started. */
  async verify(): Promise<ChosenEntries> {
    if (this.#parts.options.checking) {
      const { TypeHints } = await import("../load/types/type_hints.ts");
      this.#hints = new TypeHints();
    }
    const chosen = this.#chosen = await this.verifyEntries(this.entries());
    if (this.#hints !== undefined) {
      const { checkTypesOf } = await import("../load/types/template_check.ts");
      const { diagnostics } = this.#options;
      await checkTypesOf(this.#app, { hints: this.#hints, diagnostics });
      diagnostics.release();
    }
    return chosen;
  }

  /** Every expression with its place and its type. */
  async expressions(): Promise<readonly TypedExpression[]> {
    const { typedExpressions } = await import("../load/types/type_check.ts");
    return await typedExpressions(this.#app, this.#hints);
  }

  /** Evaluates an expression that may use `variables`, `env` and resources. */
  evaluate(text: string, variables: Readonly<Record<string, unknown>>): Promise<Evaluation> {
    return this.#app.evaluate(text, variables);
  }

  /** The resources and how they are connected, once {@link verify} has been called. */
  async graph(): Promise<ResourceGraph> {
    const { graphOf } = await import("../load/graph.ts");
    return graphOf(this.#app.registry, (urn) => this.dependenciesOf(urn));
  }

  /** The controller entries chosen by {@link verify}, which is called if it was not. */
  async chosenEntries(): Promise<ChosenEntries> {
    return this.#chosen ?? await this.verify();
  }

  /** Checks some resources; returns the controller entry chosen for each of their kinds. */
  async verifyEntries(entries: readonly RegistryEntry[]): Promise<ChosenEntries> {
    const { kinds, registry, limits } = this.#app;
    const { loader, platform, options, logStep } = this.#parts;
    const chosen = await verifyResources(entries, {
      kinds,
      urns: registry.urns,
      host: platform.runtime,
      moduleOf: (kind) => this.moduleOf(kind),
      isA: (kind, wanted) => this.isA(kind, wanted),
      all: () => registry.entries(),
      loadCheck: (entry) => loader.loadCheck(entry),
      files: platform.files,
      originAt: (urn, path, part) => this.originAt(urn, path, part),
      isFaked: (urn) => options.fakes !== undefined && Object.hasOwn(options.fakes, urn),
      exists: (entry) => loader.exists(entry),
      placeOf: (entry) => platform.toPath(loader.urlOf(entry)),
      nearestTo: (entry) => loader.nearestTo(entry),
      importFor: (kind) => this.importFor(kind),
      generated: options.builtins.validators ?? (async () => await undefined),
      limits,
      checking: options.checking ?? false,
      errorCodes: () => knownCodes(this.#app.kinds, registry),
      hints: this.#hints,
      expressions: this.expressionServices,
      diagnostics: this.#options.diagnostics,
    });
    const added = collectDependencies(entries, {
      kinds,
      urns: registry.urns,
      isA: (kind, wanted) => this.isA(kind, wanted),
      all: () => registry.entries(),
      diagnostics: this.#options.diagnostics,
    });
    for (const [urn, needed] of added) this.#dependencies.set(urn, needed);
    if (logStep !== undefined) logChoices(chosen, kinds, this.#parts, logStep);
    return chosen;
  }

  /** What must be initialised before a resource is created, with the fields that say so. */
  dependenciesOf(urn: string): readonly Dependency[] {
    return this.#dependencies.get(urn) ?? NO_DEPENDENCIES;
  }

  /** URLs of the controllers and checks of all kinds that fit this runtime. */
  controllerUrls(): string[] {
    return [
      ...new Set([...controllerUrlsOf(this.#app.kinds, this.#parts), ...this.files.moduleUrls()]),
    ];
  }

  /** Warns about a listener for an event that is never emitted. */
  warnAboutListener(key: string, owner: string): void {
    const listenerProblem = findListenerProblem(key, {
      eventsOf: (kind) => this.kind(kind)?.events,
      kinds: () => this.kindNames(),
    });
    if (listenerProblem === undefined) return;
    const { problem, help } = listenerProblem;
    const message = help === undefined ? problem : `${problem}. ${help}`;
    this.#parts.logMessage("warn", message, owner);
  }
}
