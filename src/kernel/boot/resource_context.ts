/** The context of a resource: what its module may see and do (docs/decisions.md#isolation). */
import type { AppFile } from "../../contract/app_file.ts";
import type { NameUse, Problem } from "../../contract/check.ts";
import type { ModuleCreateContext } from "../../contract/contexts.ts";
import { type Origin } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import type { EventListener } from "../../contract/events.ts";
import type { Path, ResourceManifest, RuntimeResource } from "../../contract/resource.ts";
import type { ResourceDescription } from "../../contract/resource_description.ts";
import type { TextPart } from "../../contract/source.ts";
import type { Expression } from "../../contract/templates.ts";
import type { Leadership, LeadershipEvents } from "../../contract/transport.ts";
import { bindMethodsOnRead } from "./bound_methods.ts";
import { type ModuleScope, OwnedContext } from "./controller_context.ts";
import { emitAs } from "./emit.ts";
import { createListenerLookup } from "./listener_lookup.ts";
import { compileLate } from "./late_expression.ts";
import { createNameUses, type NameUses } from "./name_uses.ts";
import { branchObserver } from "./observe_branches.ts";
import { createProblem } from "./problem.ts";
import type { Services } from "./services.ts";

type Kernel = ModuleCreateContext["kernel"];

/** What the contexts of a module's resources share. */
export interface ResourceScope extends ModuleScope {
  /** The registry as the module may see it. */
  readonly registry: () => Kernel["registry"];
  /** The `kernel` of a resource's context. */
  readonly kernelOf: (owner: string) => Kernel;
}

/** The context of a resource, its `owner`. */
export class ResourceContext extends OwnedContext implements ModuleCreateContext {
  readonly #scope: ResourceScope;
  readonly #owner: string;
  readonly #services: Services;
  readonly #resource: RuntimeResource;
  #kernel: Kernel | undefined;
  #uses: NameUses | undefined;
  #problem: Problem | undefined;
  #hasResourceListeners: ModuleCreateContext["hasResourceListeners"] | undefined;

  constructor(
    scope: ResourceScope,
    owner: string,
    services: Services,
    resource: RuntimeResource,
  ) {
    super(scope, owner, services);
    this.#scope = scope;
    this.#owner = owner;
    this.#services = services;
    this.#resource = resource;
  }

  get kernel(): Kernel {
    return this.#kernel ??= this.#scope.kernelOf(this.#owner);
  }

  get dispatch(): ModuleCreateContext["dispatch"] {
    return this.#services.dispatch;
  }

  get observeWork(): ModuleCreateContext["observeWork"] {
    return this.#services.observeWork;
  }

  get isInitialized(): ModuleCreateContext["isInitialized"] {
    return this.#services.isInitialized;
  }

  get problem(): Problem {
    return this.#problem ??= createProblem(this.#owner, this.#services.originAt);
  }

  get hasResourceListeners(): ModuleCreateContext["hasResourceListeners"] {
    return this.#hasResourceListeners ??= createListenerLookup(this.#services);
  }

  get #nameUses(): NameUses {
    return this.#uses ??= createNameUses(this.#resource);
  }

  getResources(kind: string): RuntimeResource[] {
    const { services: { reads, resources }, ownName, registry, visible } = this.#scope;
    reads.listed(this.#owner, ownName(kind));
    const named = registry().get(ownName(kind));
    return named !== undefined
      ? [...named.values()]
      : resources.all().filter((one) => resources.isA(one.kind, kind)).map(visible);
  }

  getResourceByUri(uri: string): RuntimeResource | undefined {
    const { services: { reads, resources }, visible } = this.#scope;
    reads.listed(this.#owner, "*");
    const resource = resources.byUri(uri);
    return resource && visible(resource);
  }

  getResourcesBySourcePath(path: string): RuntimeResource[] {
    const { services: { reads, resources }, visible } = this.#scope;
    reads.listed(this.#owner, "*");
    return resources.bySource(path).map(visible);
  }

  getResourcesByGenerationDepth(depth: number): RuntimeResource[] {
    const { services: { reads, resources }, visible } = this.#scope;
    reads.listed(this.#owner, "*");
    return resources.byDepth(depth).map(visible);
  }

  originAt(path: Path, part?: TextPart): Origin | undefined {
    return this.#services.originAt(this.#owner, path, part);
  }

  expression<T>(text: unknown, at: Path): Expression<T> {
    const { evaluate, deferred } = compileLate(text, at, this.#owner, this.#services);
    this.#nameUses.add(at, deferred);
    const observe = branchObserver(this.#resource, this.#services);
    return (observe?.(evaluate, at) ?? evaluate) as Expression<T>;
  }

  references(at: Path): readonly NameUse[] {
    return this.#nameUses.at(at);
  }

  importFile(at: Path): Promise<Record<string, unknown>> {
    return this.#services.files.importModule(this.#owner, at, this.originAt(at));
  }

  fileUrl(at: Path): string {
    return this.#services.files.urlOf(this.#owner, at);
  }

  readFiles(at: Path): readonly AppFile[] {
    return this.#services.files.read(this.#owner, at);
  }

  describe(urn: string): ResourceDescription | undefined {
    const described = this.#services.describe(urn);
    this.#services.reads.asked(this.#owner, described?.urn ?? urn);
    return described;
  }

  child(at: Path): string {
    const urn = this.#services.inlineAt(at, this.#owner);
    if (urn !== undefined) return urn;
    throw this.problem(at, `no resource is written inline at \`${formatField(at)}\``, {
      help: "Give the path of a field that the definition of its kind lists in `resources`",
    });
  }

  use<Api>(urn: string): Api {
    return this.#services.use(urn, this.#owner) as Api;
  }

  waitFor(urn: string): null {
    this.#services.waitFor(urn, this.#owner);
    return null;
  }

  lead(events: LeadershipEvents): Promise<Leadership> {
    return this.#services.lead(this.#owner, events);
  }

  registerResource(manifest: ResourceManifest): void {
    this.#services.registerResource(manifest, this.#owner);
  }

  onResourceEvent(kind: string, name: string, event: string, listener: EventListener): () => void {
    const key = this.#services.resourceEventKey(kind, name, event);
    return this.#services.on(key, listener, this.#owner);
  }

  onceResourceEvent(
    kind: string,
    name: string,
    event: string,
    listener: EventListener,
  ): () => void {
    const key = this.#services.resourceEventKey(kind, name, event);
    return this.#services.on(key, listener, this.#owner, true);
  }

  offResourceEvent(kind: string, name: string, event: string, listener: EventListener): void {
    this.#services.off(this.#services.resourceEventKey(kind, name, event), listener);
  }

  emitResourceEvent(named: string, name: string, event: string, payload?: unknown): Promise<void> {
    const { identity: { name: module }, ownName } = this.#scope;
    const owner = this.#owner;
    const kind = ownName(named);
    return emitAs(
      { owner, module },
      event && `${kind}.${event}`,
      payload,
      { module, kind, name, source: owner },
      this.#services,
    );
  }
}

bindMethodsOnRead(ResourceContext);
