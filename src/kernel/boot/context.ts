/** The contexts of controllers: what a module may see and do (docs/decisions.md#isolation). */
import { fail } from "../../contract/errors.ts";
import type { LogLevel, LogSink } from "../../contract/log.ts";
import type { ControllerContext, Logger, ModuleCreateContext } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import { loadSchemaCompiler } from "../../schema/schema.ts";
import { compileTemplate } from "../../template/deferred/compile_template.ts";
import { emitter } from "./emit.ts";
import { templateExplainer } from "./explain_template.ts";
import { createProblem } from "./problem.ts";
import { registryView } from "./registry_view.ts";
import type { ModuleIdentity, Services } from "./services.ts";

/** Creates the context of a controller or resource; holds and log lines name its `owner`. */
export function controllerContext(
  module: ModuleIdentity,
  owner: string,
  services: Services,
): ControllerContext {
  const explain = templateExplainer(owner, services);
  const emit = emitter(owner, services.emit);
  return {
    // Frozen, because what a module may see depends on it.
    module: Object.freeze(module),
    log: createLogger(owner, services.log),
    signal: services.stopping,
    serve: services.serve,
    on: (event, listener) => services.on(event, listener, owner),
    once: (event, listener) => services.on(event, listener, owner, true),
    off: (event, listener) => services.off(event, listener),
    emit: (event, payload) =>
      emit(withModule(event, module.name), payload, { module: module.name }),
    redact: services.redact,
    secret(value) {
      services.addSecret(value);
      return value;
    },
    stdout: services.stdout,
    acquireHold: (reason) => services.acquireHold(owner, reason),
    requestExit: (code = 0) => services.requestExit(checkExitCode(code, owner)),
    execute: services.execute,
    template: (value) => compileTemplate(value, explain),
    validator: async (schema, options) =>
      (await loadSchemaCompiler()).compile(schema, options, services.limits),
  };
}

/** Creates contexts for the resources of one module, which share a view of the registry. */
export function createContextFactory(
  module: ModuleIdentity,
  services: Services,
): (resource: RuntimeResource) => ModuleCreateContext {
  const { resources } = services;
  const stubs = new Map<RuntimeResource, RuntimeResource>();
  let registry: Map<string, Map<string, RuntimeResource>> | undefined;
  let registryCount = 0;

  /** The full resource if this module serves its kind, otherwise only `kind` and `metadata`. */
  function visible(resource: RuntimeResource): RuntimeResource {
    if (resources.ownerOf(resource.kind) === module.name) return resource;
    let stub = stubs.get(resource);
    if (stub === undefined) {
      stub = Object.freeze({ kind: resource.kind, metadata: resource.metadata });
      stubs.set(resource, stub);
    }
    return stub;
  }

  function visibleRegistry(): Map<string, Map<string, RuntimeResource>> {
    if (registry !== undefined && registryCount === resources.count()) return registry;
    registryCount = resources.count();
    return registry = registryView(resources.all(), visible);
  }

  const kernel: ModuleCreateContext["kernel"] = Object.freeze({
    get registry() {
      return visibleRegistry();
    },
    execute: services.execute,
    holds: services.holds,
  });

  return (resource) => {
    const owner = formatUrn(resource.kind, resource.metadata.name);
    const emit = emitter(owner, services.emit);
    return {
      ...controllerContext(module, owner, services),
      kernel,
      getResources: (kind) => [...visibleRegistry().get(kind)?.values() ?? []],
      getResourceByUri(uri) {
        const resource = resources.byUri(uri);
        return resource && visible(resource);
      },
      getResourcesBySourcePath: (path) => resources.bySource(path).map(visible),
      getResourcesByGenerationDepth: (depth) => resources.byDepth(depth).map(visible),
      originAt: (path, part) => services.originAt(owner, path, part),
      problem: createProblem(owner, services.originAt),
      isInitialized: services.isInitialized,
      registerResource: (manifest) => services.registerResource(manifest, owner),
      onResourceEvent: (kind, name, event, listener) =>
        services.on(services.resourceEventKey(kind, name, event), listener, owner),
      onceResourceEvent: (kind, name, event, listener) =>
        services.on(services.resourceEventKey(kind, name, event), listener, owner, true),
      offResourceEvent: (kind, name, event, listener) =>
        services.off(services.resourceEventKey(kind, name, event), listener),
      isResourceEventHeard: (kind, name, event) =>
        services.hasListeners(`${kind}.${event}`, { kind, name }),
      emitResourceEvent: (kind, name, event, payload) =>
        emit(event && `${kind}.${event}`, payload, { module: module.name, kind, name }),
    };
  };
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

function createLogger(owner: string, sink: LogSink): Logger {
  const logAt = (level: LogLevel): Logger["info"] => (message, fields) =>
    sink({ time: Date.now(), level, owner, message, ...(fields === undefined ? {} : { fields }) });
  return {
    debug: logAt("debug"),
    info: logAt("info"),
    warn: logAt("warn"),
    error: logAt("error"),
  };
}
