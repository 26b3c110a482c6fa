/** The context of a module, and what the contexts of its resources share with it. */
import type { ControllerContext } from "../../contract/contexts.ts";
import { fail } from "../../contract/errors.ts";
import type { EventListener } from "../../contract/events.ts";
import type { InterceptMatch, Interceptor, Logger } from "../../contract/execution.ts";
import type { ModuleMetrics } from "../../contract/metrics.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import type { Validator, ValidatorOptions } from "../../contract/validator.ts";
import { createValidator } from "../../schema/validator.ts";
import { createLogger } from "../run/logger.ts";
import { bindMethodsOnRead } from "./bound_methods.ts";
import { emitAs } from "./emit.ts";
import { type Translate, translationFor, withOwnNames } from "./own_names.ts";
import type { ModuleIdentity, ResourceView, Services } from "./services.ts";
import { createTemplates, type Templates } from "./templates.ts";

/** What the contexts of one module share. */
export interface ModuleScope {
  readonly identity: ModuleIdentity;
  /** What its code sees of it; frozen, because what a module may see depends on it. */
  readonly module: ControllerContext["module"];
  readonly services: Services;
  readonly ownName: Translate;
  /** Gives what of a resource the module may see. */
  readonly visible: (resource: RuntimeResource) => RuntimeResource;
}

/** Creates what the contexts of a module share. */
export function createModuleScope(identity: ModuleIdentity, services: Services): ModuleScope {
  const { name, version } = identity;
  return {
    identity,
    module: Object.freeze({ name, version }),
    services,
    ownName: translationFor(identity),
    visible: visibleTo(identity, services.resources),
  };
}

/** The context of a module or of a resource, its `owner`; holds and log lines name it. */
export class OwnedContext implements ControllerContext {
  readonly #scope: ModuleScope;
  readonly #owner: string;
  readonly #services: Services;
  #log: Logger | undefined;
  #metrics: ModuleMetrics | undefined;
  #templates: Templates | undefined;

  constructor(scope: ModuleScope, owner: string, services: Services) {
    this.#scope = scope;
    this.#owner = owner;
    this.#services = services;
  }

  get module(): ControllerContext["module"] {
    return this.#scope.module;
  }

  get log(): Logger {
    return this.#log ??= createLogger(this.#owner, this.#services.log);
  }

  get metrics(): ModuleMetrics {
    return this.#metrics ??= this.#services.metrics.of(
      this.#owner,
      metricPrefix(this.#scope.identity.name),
    );
  }

  get signal(): AbortSignal {
    return this.#services.stopping;
  }

  get serve(): boolean {
    return this.#services.serve;
  }

  get clock(): ControllerContext["clock"] {
    return this.#services.clock;
  }

  get random(): () => number {
    return this.#services.random;
  }

  get redact(): ControllerContext["redact"] {
    return this.#services.redact;
  }

  get stdout(): ControllerContext["stdout"] {
    return this.#services.stdout;
  }

  get execute(): ControllerContext["execute"] {
    return this.#services.execute;
  }

  get template(): ControllerContext["template"] {
    return this.#expressions.template;
  }

  get parts(): ControllerContext["parts"] {
    return this.#expressions.parts;
  }

  get fieldsRead(): ControllerContext["fieldsRead"] {
    return this.#expressions.fieldsRead;
  }

  get #expressions(): Templates {
    return this.#templates ??= createTemplates(this.#owner, this.#services);
  }

  on(event: string, listener: EventListener<never>): () => void {
    return this.#services.on(event, listener as EventListener, this.#owner);
  }

  once(event: string, listener: EventListener<never>): () => void {
    return this.#services.on(event, listener as EventListener, this.#owner, true);
  }

  off(event: string, listener: EventListener<never>): void {
    this.#services.off(event, listener as EventListener);
  }

  intercept(match: InterceptMatch, around: Interceptor): () => void {
    return this.#services.intercept(this.#owner, match, around, this.#scope.visible);
  }

  emit(event: string, payload?: unknown): Promise<void> {
    const { identity: { name: module }, ownName } = this.#scope;
    const owner = this.#owner;
    return emitAs(
      { owner, module },
      withModule(ownName(event), module),
      payload,
      owner === module ? { module } : { module, source: owner },
      this.#services,
    );
  }

  secret<T>(value: T): T {
    this.#services.addSecret(value);
    return value;
  }

  acquireHold(reason: string): () => void {
    return this.#services.acquireHold(this.#owner, reason);
  }

  reportUnready(reason: string): () => void {
    return this.#services.reportUnready(this.#owner, reason);
  }

  requestExit(code = 0): void {
    this.#services.requestExit(checkExitCode(code, this.#owner));
  }

  validator(schema: unknown, options?: ValidatorOptions): Promise<Validator> {
    return createValidator(schema, options, this.#services.limits);
  }
}

bindMethodsOnRead(OwnedContext);

/** Creates the context of a module. */
export function createModuleContext(
  identity: ModuleIdentity,
  shared: Services,
): ControllerContext {
  const { name } = identity;
  const services = withOwnNames(identity, name, shared);
  return new OwnedContext(createModuleScope(identity, shared), name, services);
}

/** Gives the full resource if the module serves its kind, otherwise only `kind` and `metadata`. */
function visibleTo({ name }: ModuleIdentity, resources: ResourceView): ModuleScope["visible"] {
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
