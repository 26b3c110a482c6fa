/** An app from the end of its loading on: its resources, kinds, modules and controllers. */
import type { CodeTrust } from "../contract/code.ts";
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
import { isKernelKind, parseUrn } from "../contract/urn.ts";
import { builtinImportFor } from "../load/compile_documents.ts";
import { type App, loadApp } from "../load/load.ts";
import type { ResourceGraph } from "../contract/graph.ts";
import type { Evaluation } from "../load/references/evaluate_text.ts";
import { LocalResources } from "./local_resources.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { moduleView } from "./boot/module_view.ts";
import { ownUrn, translationFor } from "./boot/own_names.ts";
import { readOnly, registryView } from "./boot/registry_view.ts";
import type { ExpressionServices, ModuleIdentity, ResourceView } from "./boot/services.ts";
import { AppChecks } from "./app_checks.ts";
import { AppFiles } from "./app_files.ts";
import { AppKinds } from "./app_kinds.ts";
import { controllerUrlsOf } from "./controller_choices.ts";
import { createExpressionServices, createResourceView } from "./app_views.ts";
import { createLoadOptions, type KernelLoadOptions } from "./load_options.ts";
import type { KernelParts } from "./parts.ts";
import type { ModuleManifest } from "../contract/manifest.ts";
import { findListenerProblem } from "./run/event_names.ts";
import type { Thrower } from "./run/module_errors.ts";
import { executionSchema } from "../load/types/declared_schema.ts";
import type { Dependency } from "./verify/dependencies.ts";

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
  readonly kinds: AppKinds;
  readonly checks: AppChecks;
  /** Which of its resources this process runs. */
  readonly local: LocalResources;
  #controllers: ReadonlyMap<string, Controller> = new Map();
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
    this.kinds = new AppKinds(app, parts.registered);
    this.local = new LocalResources(app, parts.options.checking ?? false);
    this.checks = new AppChecks({
      app,
      options,
      parts,
      kinds: this.kinds,
      local: this.local,
      originAt: (urn, path, part) => this.originAt(urn, path, part),
      importFor: (kind) => this.importFor(kind),
      expressions: () => this.expressionServices,
    });
    this.view = createResourceView(app.registry, {
      ownerOf: (kind) => this.kinds.moduleOf(kind).name,
      isA: (kind, wanted) => this.kinds.isA(kind, wanted),
    });
  }

  /** What loading gave. */
  get app(): App {
    return this.#app;
  }

  get limits(): Limits {
    return this.#app.limits;
  }

  /** The manifest that the app was started with. */
  get manifest(): Pick<ModuleManifest, "name" | "url" | "version"> {
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

  /**
   * True if a controller may register a resource of this name while the app boots: its kind exists, and a
   * module that is not built in serves one of the resources.
   */
  mayRegister(urn: string): boolean {
    const kind = parseUrn(urn)?.kind ?? "";
    if (isKernelKind(kind) || this.kinds.get(kind) === undefined) return false;
    return [...new Set(this.entries().map((entry) => entry.kind))].some((used) =>
      this.kinds.runsOwnCode(used)
    );
  }

  /** What whoever executes a resource may know of it. */
  describe(urn: string): ResourceDescription | undefined {
    const entry = this.entry(urn);
    if (entry === undefined) return undefined;
    const { kind, resource: { metadata } } = entry;
    const { registry, kinds } = this.#app;
    const errors = this.kinds.get(kind)?.errors ?? "*";
    return {
      urn,
      kind,
      metadata,
      input: executionSchema(entry, "input", registry, kinds),
      output: executionSchema(entry, "output", registry, kinds),
      errors: errors === "*" ? {} : Object.fromEntries(errors),
    };
  }

  /** What the module that serves a resource declares about its errors. */
  throwerOf(urn: string): Thrower | undefined {
    const entry = this.entry(urn);
    if (entry === undefined) return undefined;
    const { name, ownName } = this.kinds.moduleOf(entry.kind);
    const declared = this.kinds.declaredBy(entry.kind);
    return declared && { urn, module: { name, ownName }, declared };
  }

  /** The URN that code of the module of `caller` means, which has the module's own name for itself. */
  ownUrn(urn: string, caller: string): string {
    if (!this.#hasRenamed) return urn;
    const kind = this.entry(caller)?.kind;
    if (kind === undefined) return urn;
    return ownUrn(urn, caller, translationFor(this.kinds.moduleOf(kind)), this.view);
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
    for (const kind of this.kinds.names()) {
      const module = this.kinds.moduleOf(kind);
      const controller = this.#controllers.get(kind);
      const registered = this.kinds.registeredModule(module.name);
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

  /** True for a resource without a controller. */
  isData(urn: string): boolean {
    const kind = this.entry(urn)?.kind;
    return kind !== undefined && this.kinds.get(kind)?.implementation.type === "inert";
  }

  /** True if a test replaces a resource. */
  isFaked(urn: string): boolean {
    const { fakes } = this.#parts.options;
    return fakes !== undefined && Object.hasOwn(fakes, urn);
  }

  /** True if a test replaces every resource of a kind. */
  isFakedKind(kind: string): boolean {
    if (this.#parts.options.fakes === undefined) return false;
    return this.entries().every((entry) => entry.kind !== kind || this.isFaked(entry.urn));
  }

  /** The controller of a kind, once it is loaded. */
  controller(kind: string): Controller | undefined {
    return this.#controllers.get(kind);
  }

  /** True if a controller serves one of the kinds. */
  hasController(controller: Controller): boolean {
    return [...this.#controllers.values()].includes(controller);
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

  /** Continues with a resource of the version before, which a running instance and others refer to. */
  keep(urn: string, resource: RuntimeResource): void {
    const entry = this.entry(urn);
    if (entry === undefined) return;
    entry.resource = resource;
    this.#registryView = undefined;
    this.#expressionServices = undefined;
  }

  /** Evaluates an expression that may use `variables`, `env` and resources. */
  evaluate(text: string, variables: Readonly<Record<string, unknown>>): Promise<Evaluation> {
    return this.#app.evaluate(text, variables);
  }

  /** The resources and how they are connected, once {@link verify} has been called. */
  async graph(): Promise<ResourceGraph> {
    const { graphOf } = await import("../load/graph.ts");
    const codeOf = await this.#codeOf();
    return graphOf(this.#app.registry, (urn) => this.dependenciesOf(urn), codeOf);
  }

  /** The resources with code, and how much it is trusted. */
  async code(): Promise<readonly { readonly urn: string; readonly code: CodeTrust }[]> {
    const codeOf = await this.#codeOf();
    return this.#app.registry.entries().flatMap((entry) => {
      const code = codeOf(entry);
      return code === undefined ? [] : [{ urn: entry.urn, code }];
    });
  }

  async #codeOf(): Promise<(entry: RegistryEntry) => CodeTrust | undefined> {
    const { trustOf } = await import("./code_trust.ts");
    const chosen = await this.checks.chosenEntries();
    return (entry) => trustOf(entry, this.#app.kinds, chosen);
  }

  /** What must be initialised before a resource is created, with the fields that say so. */
  dependenciesOf(urn: string): readonly Dependency[] {
    return this.checks.dependenciesOf(urn);
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
      eventsOf: (kind) => this.kinds.get(kind)?.events,
      kinds: () => this.kinds.names(),
    });
    if (listenerProblem === undefined) return;
    const { problem, help } = listenerProblem;
    const message = help === undefined ? problem : `${problem}. ${help}`;
    this.#parts.logMessage("warn", message, owner);
  }
}
