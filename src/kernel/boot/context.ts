/**
 * The contexts that controllers get: what a module may see and do.
 * Rules: specification §5, decisions D-8 and D-36.
 */
import { fail, type Origin } from "../../contract/errors.ts";
import type { EventListener, EventSubject } from "../../contract/events.ts";
import type { LogLevel, LogSink } from "../../contract/log.ts";
import type {
  ControllerContext,
  Execute,
  Logger,
  ModuleCreateContext,
} from "../../contract/module.ts";
import type { Path, ResourceManifest, RuntimeResource } from "../../contract/resource.ts";
import type { TextPart } from "../../contract/source.ts";
import { formatUrn } from "../../contract/urn.ts";
import type { ValidationBounds } from "../../contract/validation_budget.ts";
import { loadSchemaCompiler } from "../../schema/schema.ts";
import { compileTemplate } from "../../template/deferred/compile_template.ts";
import { emitter } from "./emit.ts";
import { templateExplainer } from "./explain_template.ts";
import { createProblem } from "./problem.ts";
import { registryView } from "./registry_view.ts";

/** The kernel's side of a context. */
export interface Services {
  readonly execute: Execute;
  readonly log: LogSink;
  readonly stdout: ControllerContext["stdout"];
  readonly limits: ValidationBounds;
  /** Aborted when the runtime begins to stop. */
  readonly stopping: AbortSignal;
  readonly serve: boolean;
  readonly redact: <T>(value: T) => T;
  /** Marks a value as sensitive. */
  readonly addSecret: (value: unknown) => void;
  readonly requestExit: (code: number) => void;
  readonly acquireHold: (owner: string, reason: string) => () => void;
  readonly holds: () => readonly { readonly owner: string; readonly reason: string }[];
  readonly isInitialized: (urn: string) => boolean;
  /** The place of a resource's field in its manifest. */
  readonly originAt: (urn: string, path: Path, part?: TextPart) => Origin | undefined;
  /** Registers a resource in the name of another one. */
  readonly registerResource: (manifest: ResourceManifest, creator: string) => void;
  readonly on: (key: string, listener: EventListener, owner: string, once?: boolean) => void;
  readonly off: (key: string, listener: EventListener) => void;
  readonly emit: (event: string, payload: unknown, subject: EventSubject) => Promise<void>;
  readonly isHeard: (event: string, subject: EventSubject) => boolean;
  /** The key of one resource's event on the bus. */
  readonly resourceEventKey: (kind: string, name: string, event: string) => string;
  readonly resources: ResourceView;
}

/** The registry as contexts read it. */
export interface ResourceView {
  all(): readonly RuntimeResource[];
  /** How many there are. */
  count(): number;
  byUri(uri: string): RuntimeResource | undefined;
  bySource(path: string): readonly RuntimeResource[];
  byDepth(depth: number): readonly RuntimeResource[];
  /** Name of the module whose controller serves a kind. */
  ownerOf(kind: string): string | undefined;
}

/** A module as its contexts show it. */
export interface ModuleIdentity {
  readonly name: string;
  readonly version: string | undefined;
}

/** The context of one controller or resource; `owner` is who holds and log lines name. */
export function controllerContext(
  module: ModuleIdentity,
  owner: string,
  services: Services,
): ControllerContext {
  const explain = templateExplainer(owner, services);
  const emit = emitter(owner, services.emit);
  return {
    // What a module may see depends on it.
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

/** Makes the contexts of one module's resources; they share the module's view of the registry. */
export function createContextFactory(
  module: ModuleIdentity,
  services: Services,
): (resource: RuntimeResource) => ModuleCreateContext {
  const { resources } = services;
  const stubs = new Map<RuntimeResource, RuntimeResource>();
  let registry: Map<string, Map<string, RuntimeResource>> | undefined;
  let seen = 0;

  /** Whole for the kinds this module serves, `kind` and `metadata` for all others. */
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
    if (registry !== undefined && seen === resources.count()) return registry;
    seen = resources.count();
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
        const found = resources.byUri(uri);
        return found && visible(found);
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
        services.isHeard(`${kind}.${event}`, { kind, name }),
      emitResourceEvent: (kind, name, event, payload) =>
        emit(event && `${kind}.${event}`, payload, { module: module.name, kind, name }),
    };
  };
}

/** The whole name of an event; one without a dot is the module's own. */
function withModule(event: string, module: string): string {
  return event && !String(event).includes(".") ? `${module}.${event}` : event;
}

/** A process ends with one byte: 256 would read as success. */
function checkExitCode(code: number, owner: string): number {
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  throw fail("ERR_EXECUTION_FAILED", {
    urn: owner,
    problem: `an exit code is a whole number from 0 to 255, not ${String(code)}`,
    chain: [owner],
  });
}

function createLogger(owner: string, sink: LogSink): Logger {
  const at = (level: LogLevel): Logger["info"] => (message, fields) =>
    sink({ time: Date.now(), level, owner, message, ...(fields === undefined ? {} : { fields }) });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
