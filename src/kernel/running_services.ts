/** What the contexts of controllers are made of, for a running app. */
import type { ResourceInstance } from "../contract/module.ts";
import { apiOf } from "./boot/api_of.ts";
import type { Services } from "./boot/services.ts";
import { sharedStdout } from "./boot/shared_stdout.ts";
import type { LoadedApp } from "./loaded_app.ts";
import type { KernelParts } from "./parts.ts";
import { resourceEventKey } from "./run/bus.ts";
import type { Dispatcher } from "./run/dispatch.ts";
import type { Interceptors } from "./run/interceptors.ts";

/** What a running app needs from its kernel. */
export interface RunOptions {
  readonly parts: KernelParts;
  readonly dispatcher: Dispatcher;
  /** Aborts the boot. */
  readonly bootSignal: AbortSignal;
}

/** What the running app itself adds. */
export interface OfRunningApp extends Pick<Services, "stopping" | "waitFor" | "registerResource"> {
  readonly interceptors: Interceptors;
  /** The instance of a resource that is initialised. */
  readonly instance: (urn: string) => ResourceInstance | undefined;
}

/** The services of a running app. */
export function createServices(
  app: LoadedApp,
  { parts, dispatcher }: RunOptions,
  { stopping, interceptors, instance, waitFor, registerResource }: OfRunningApp,
): Services {
  const { bus, holds, unready, redaction, options, exitRequest } = parts;
  return {
    execute: dispatcher.execute,
    log: parts.log,
    stdout: sharedStdout(options.platform),
    limits: app.limits,
    redact: (value) => redaction.value(value),
    addSecret: (value) => redaction.add(value),
    stopping,
    serve: options.serve ?? true,
    requestExit: exitRequest.request,
    acquireHold: holds.acquire,
    holds: holds.active,
    metrics: parts.metrics,
    readMetrics: () => ({ read: parts.readMetrics, close: parts.countRuntime() }),
    reportUnready: unready.acquire,
    unready: unready.active,
    isInitialized: (urn) => instance(urn) !== undefined,
    describe: (urn) => app.describe(urn),
    app: { name: app.manifest.name, version: app.manifest.version },
    use: (urn, user) => apiOf(urn, user, app, instance),
    files: app.files,
    inlineAt: (path, owner) => app.inlineAt(path, owner),
    waitFor,
    originAt: (urn, path, part) => app.originAt(urn, path, part),
    registerResource,
    clock: parts.clock,
    random: parts.random.next,
    intercept: interceptors.add,
    kindEvents: (kind) => app.kinds.eventsOf(kind),
    kindNames: () => app.kinds.names(),
    on: (key, listener, owner, once) => {
      const end = bus.on(key, listener, owner, once);
      app.warnAboutListener(key, owner);
      return end;
    },
    off: bus.off,
    emit: bus.emit,
    hasListeners: bus.hasListeners,
    resourceEventKey,
    resources: app.view,
    expressions: app.expressionServices,
  };
}
