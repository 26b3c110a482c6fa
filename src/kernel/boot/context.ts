/** The contexts of controllers: what a module may see and do (docs/decisions.md#isolation). */
import { fail, formatField } from "../../contract/errors.ts";
import type { EventListener } from "../../contract/events.ts";
import type { ControllerContext, ModuleCreateContext } from "../../contract/contexts.ts";
import type { Path, RuntimeResource } from "../../contract/resource.ts";
import type { Expression } from "../../contract/templates.ts";
import { formatUrn } from "../../contract/urn.ts";
import { createValidator } from "../../schema/validator.ts";
import { createLogger } from "../run/logger.ts";
import { emitAs } from "./emit.ts";
import { createHeardEvents } from "./heard_events.ts";
import { compileLate } from "./late_expression.ts";
import { createNameUses } from "./name_uses.ts";
import { branchObserver } from "./observe_branches.ts";
import { translationFor, withOwnNames } from "./own_names.ts";
import { createProblem } from "./problem.ts";
import { registryView } from "./registry_view.ts";
import { createTemplates } from "./templates.ts";
import type { ModuleIdentity, ResourceView, Services } from "./services.ts";

/** Gives what of a resource a module may see. */
type Visible = (resource: RuntimeResource) => RuntimeResource;

/** Creates the context of a controller or resource; holds and log lines name its `owner`. */
export function controllerContext(
  module: ModuleIdentity,
  owner: string,
  shared: Services,
  visible: Visible = visibleTo(module, shared.resources),
): ControllerContext {
  const services = withOwnNames(module, owner, shared);
  const { template, parts, fieldsRead } = createTemplates(owner, services);
  const source = owner === module.name ? {} : { source: owner };
  return {
    // Frozen, because what a module may see depends on it.
    module: Object.freeze({ name: module.name, version: module.version }),
    log: createLogger(owner, services.log),
    metrics: services.metrics.of(owner, metricPrefix(module.name)),
    signal: services.stopping,
    serve: services.serve,
    clock: services.clock,
    random: services.random,
    on: (event, listener) => services.on(event, listener as EventListener, owner),
    once: (event, listener) => services.on(event, listener as EventListener, owner, true),
    off: (event, listener) => services.off(event, listener as EventListener),
    intercept: (match, around) => services.intercept(owner, match, around, visible),
    emit: (event, payload) =>
      emitAs(
        { owner, module: module.name },
        withModule(translationFor(module)(event), module.name),
        payload,
        { module: module.name, ...source },
        services,
      ),
    redact: services.redact,
    secret(value) {
      services.addSecret(value);
      return value;
    },
    stdout: services.stdout,
    acquireHold: (reason) => services.acquireHold(owner, reason),
    reportUnready: (reason) => services.reportUnready(owner, reason),
    requestExit: (code = 0) => services.requestExit(checkExitCode(code, owner)),
    execute: services.execute,
    template,
    parts,
    fieldsRead,
    validator: (schema, options) => createValidator(schema, options, services.limits),
  };
}

/** Creates contexts for the resources of one module, which share a view of the registry. */
export function createContextFactory(
  module: ModuleIdentity,
  shared: Services,
): (resource: RuntimeResource) => ModuleCreateContext {
  const ownName = translationFor(module);
  const { resources } = shared;
  const visible = visibleTo(module, resources);
  let registry: Map<string, Map<string, RuntimeResource>> | undefined;
  let revision: string | undefined;

  function visibleRegistry(): Map<string, Map<string, RuntimeResource>> {
    if (registry !== undefined && revision === resources.revision()) return registry;
    revision = resources.revision();
    return registry = registryView(resources.all(), visible);
  }

  const { execute } = withOwnNames(module, module.name, shared);
  const kernelOf = (owner: string): ModuleCreateContext["kernel"] =>
    Object.freeze({
      get registry() {
        shared.reads.listed(owner, "*");
        return visibleRegistry();
      },
      execute,
      app: shared.app,
      holds: shared.holds,
      metrics: shared.readMetrics,
      unready: shared.unready,
    });

  return (resource) => {
    const owner = formatUrn(resource.kind, resource.metadata.name);
    const services = withOwnNames(module, owner, shared);
    const uses = createNameUses(resource);
    const problem = createProblem(owner, services.originAt);
    const observeBranches = branchObserver(resource, services);
    const isResourceEventHeard = createHeardEvents(services);
    return {
      ...controllerContext(module, owner, shared, visible),
      kernel: kernelOf(owner),
      dispatch: services.dispatch,
      ...(services.observeWork === undefined ? {} : { observeWork: services.observeWork }),
      getResources(kind) {
        shared.reads.listed(owner, ownName(kind));
        const named = visibleRegistry().get(ownName(kind));
        return named !== undefined
          ? [...named.values()]
          : resources.all().filter((one) => resources.isA(one.kind, kind)).map(visible);
      },
      getResourceByUri(uri) {
        shared.reads.listed(owner, "*");
        const resource = resources.byUri(uri);
        return resource && visible(resource);
      },
      getResourcesBySourcePath(path) {
        shared.reads.listed(owner, "*");
        return resources.bySource(path).map(visible);
      },
      getResourcesByGenerationDepth(depth) {
        shared.reads.listed(owner, "*");
        return resources.byDepth(depth).map(visible);
      },
      originAt: (path, part) => services.originAt(owner, path, part),
      expression<T>(text: unknown, at: Path) {
        const { evaluate, deferred } = compileLate(text, at, owner, services);
        uses.add(at, deferred);
        return (observeBranches?.(evaluate, at) ?? evaluate) as Expression<T>;
      },
      references: (at) => uses.at(at),
      problem,
      importFile: (at) => services.files.importModule(owner, at, services.originAt(owner, at)),
      fileUrl: (at) => services.files.urlOf(owner, at),
      readFiles: (at) => services.files.read(owner, at),
      describe(urn) {
        const described = services.describe(urn);
        shared.reads.asked(owner, described?.urn ?? urn);
        return described;
      },
      isInitialized: services.isInitialized,
      child(at) {
        const urn = services.inlineAt(at, owner);
        if (urn !== undefined) return urn;
        throw problem(at, `no resource is written inline at \`${formatField(at)}\``, {
          help: "Give the path of a field that the definition of its kind lists in `resources`",
        });
      },
      use: <Api>(urn: string) => services.use(urn, owner) as Api,
      waitFor(urn) {
        services.waitFor(urn, owner);
        return null;
      },
      lead: (events) => services.lead(owner, events),
      registerResource: (manifest) => services.registerResource(manifest, owner),
      onResourceEvent: (kind, name, event, listener) =>
        services.on(services.resourceEventKey(kind, name, event), listener, owner),
      onceResourceEvent: (kind, name, event, listener) =>
        services.on(services.resourceEventKey(kind, name, event), listener, owner, true),
      offResourceEvent: (kind, name, event, listener) =>
        services.off(services.resourceEventKey(kind, name, event), listener),
      isResourceEventHeard,
      emitResourceEvent(named, name, event, payload) {
        const kind = ownName(named);
        return emitAs(
          { owner, module: module.name },
          event && `${kind}.${event}`,
          payload,
          { module: module.name, kind, name, source: owner },
          services,
        );
      },
    };
  };
}

/** Gives the full resource if the module serves its kind, otherwise only `kind` and `metadata`. */
function visibleTo(
  { name }: ModuleIdentity,
  resources: ResourceView,
): Visible {
  const stubs = new WeakMap<RuntimeResource, RuntimeResource>();
  return (resource) => {
    if (resources.ownerOf(resource.kind) === name) return resource;
    let stub = stubs.get(resource);
    if (stub === undefined) {
      stub = Object.freeze({ kind: resource.kind, metadata: resource.metadata });
      stubs.set(resource, stub);
    }
    return stub;
  };
}

const prefixes = new Map<string, string>();

/** What the names of a module's metrics begin with: `digly_http_client_` for `HttpClient`. */
function metricPrefix(module: string): string {
  let prefix = prefixes.get(module);
  if (prefix === undefined) {
    const words = module.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(".", "_");
    prefixes.set(module, prefix = `digly_${words.toLowerCase()}_`);
  }
  return prefix;
}

/** The full name of an event; a name without a dot belongs to the module. */
function withModule(event: string, module: string): string {
  return event && !String(event).includes(".") ? `${module}.${event}` : event;
}

/** An exit code is one byte: 256 would be reported as 0, which means success. */
function checkExitCode(code: number, owner: string): number {
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  throw fail("ERR_EXECUTION_FAILED", {
    urn: owner,
    problem: `an exit code must be an integer from 0 to 255, not ${String(code)}`,
    chain: [owner],
  });
}
