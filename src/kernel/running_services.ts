/**
 * What the contexts of a running app's controllers read and call. A context outlives a reload, so
 * everything here asks for the current version of the app.
 */
import type { EventListener } from "../contract/events.ts";
import { apiOf } from "./boot/api_of.ts";
import type { Services } from "./boot/services.ts";
import { sharedStdout } from "./boot/shared_stdout.ts";
import type { Instances } from "./instances.ts";
import type { LoadedApp } from "./loaded_app.ts";
import type { KernelParts } from "./parts.ts";
import type { ReadLog } from "./reload/reads.ts";
import { resourceEventKey } from "./run/bus.ts";
import type { Dispatcher } from "./run/dispatch.ts";
import type { Interceptors } from "./run/interceptors.ts";

/** What a running app needs from its kernel. */
export interface RunOptions {
  readonly parts: KernelParts;
  readonly dispatcher: Dispatcher;
  /** Takes a snapshot of this process, for another one. */
  readonly takeSnapshot: () => Promise<unknown>;
}

/** The parts of a running app that its services use. */
export interface ServiceParts {
  readonly app: () => LoadedApp;
  readonly parts: KernelParts;
  readonly dispatcher: Dispatcher;
  readonly instances: Instances;
  readonly interceptors: Interceptors;
  readonly reads: ReadLog;
  readonly stopping: AbortSignal;
  readonly isInitialized: Services["isInitialized"];
  readonly waitFor: Services["waitFor"];
  readonly registerResource: Services["registerResource"];
  /** The other processes; `undefined` for a process without a role. */
  readonly remote: () => Pick<Services, "lead"> | undefined;
}

/** Creates the services. */
export function createServices(
  { app, parts, dispatcher, instances, interceptors, reads, remote, ...own }: ServiceParts,
): Services {
  const { bus, holds, unready, redaction, options, exitRequest } = parts;
  const view = () => app().view;
  const expressions = () => app().expressionServices;
  return {
    ...own,
    reads,
    execute: dispatcher.execute,
    dispatch: dispatcher.dispatch,
    log: parts.log,
    stdout: sharedStdout(options.platform),
    limits: app().limits,
    redact: (value) => redaction.value(value),
    addSecret: (value) => redaction.add(value),
    serve: options.serve ?? true,
    requestExit: exitRequest.request,
    acquireHold: holds.acquire,
    holds: holds.active,
    metrics: parts.metrics,
    readMetrics: () => ({ read: parts.readMetrics, close: parts.countRuntime() }),
    reportUnready: unready.acquire,
    unready: unready.active,
    describe: (urn) => app().describe(urn),
    app: {
      get name() {
        return app().manifest.name;
      },
      get version() {
        return app().manifest.version;
      },
    },
    async lead(owner, events) {
      const others = remote();
      if (others !== undefined) return await others.lead(owner, events);
      events.onElected(undefined);
      return { note: () => Promise.resolve(true), resign: () => Promise.resolve() };
    },
    use: (urn, user) => apiOf(urn, user, app(), (other) => instances.get(other)),
    files: {
      urlOf: (urn, path) => app().files.urlOf(urn, path),
      importModule: (urn, path, origin) => app().files.importModule(urn, path, origin),
      read: (urn, path) => app().files.read(urn, path),
    },
    inlineAt: (path, owner) => app().inlineAt(path, owner),
    originAt: (urn, path, part) => app().originAt(urn, path, part),
    clock: parts.clock,
    random: parts.random.next,
    intercept: interceptors.add,
    kindEvents: (kind) => app().kinds.eventsOf(kind),
    kindNames: () => app().kinds.names(),
    on(key, listener: EventListener, owner, once) {
      const end = bus.on(key, listener, owner, once);
      app().warnAboutListener(key, owner);
      return end;
    },
    off: bus.off,
    emit: bus.emit,
    hasListeners: bus.hasListeners,
    listenerRevision: bus.revision,
    resourceEventKey,
    onCondition: options.onCondition,
    onSwitch: options.onSwitch,
    observeWork: options.probe?.work,
    expressionProbe: options.probe?.expressions,
    resources: {
      all: () => view().all(),
      revision: () => view().revision(),
      has: (urn) => view().has(urn),
      mentions: (urn, other) => view().mentions(urn, other),
      byUri: (uri) => view().byUri(uri),
      bySource: (path) => view().bySource(path),
      byDepth: (depth) => view().byDepth(depth),
      ownerOf: (kind) => view().ownerOf(kind),
      isA: (kind, wanted) => view().isA(kind, wanted),
    },
    expressions: {
      places: { find: (deferred, owner) => expressions().places.find(deferred, owner) },
      kinds: { get: (kind) => expressions().kinds.get(kind) },
      get limits() {
        return expressions().limits;
      },
      scopesOf: (urn) => expressions().scopesOf(urn),
      environmentOf: (urn) => expressions().environmentOf(urn),
    },
  };
}
