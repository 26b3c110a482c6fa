/** What the kernel provides to the contexts of controllers. */
import type { Origin } from "../../contract/errors.ts";
import type { AppFile } from "../../contract/app_file.ts";
import type { Clock } from "../../contract/clock.ts";
import type { OnCondition, OnSwitch } from "../../contract/coverage.ts";
import type { EventListener, EventSubject } from "../../contract/events.ts";
import type { LogSink } from "../../contract/log.ts";
import type { ControllerContext, ModuleCreateContext } from "../../contract/contexts.ts";
import type { ResourceDescription } from "../../contract/resource_description.ts";
import type {
  Context,
  Dispatch,
  Execute,
  InterceptMatch,
  Interceptor,
} from "../../contract/execution.ts";
import type { ObserveWork } from "../../contract/observed_work.ts";
import type { Path, ResourceManifest, RuntimeResource } from "../../contract/resource.ts";
import type { MetricFamily } from "../../contract/metrics.ts";
import type { Leadership, LeadershipEvents } from "../../contract/transport.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { TextPart } from "../../contract/source.ts";
import type { Limits } from "../../contract/limits.ts";
import type { Scopes } from "../../load/registry/scopes.ts";
import type { KindEntry } from "../../load/registry/kinds.ts";
import type { ReadLog } from "../reload/reads.ts";
import type { ExpressionProbe } from "../probe.ts";
import type { DeferredPlaces } from "./deferred_places.ts";
import type { ValidationBounds } from "../../contract/validation_budget.ts";

/** The kernel's side of a context. */
export interface Services {
  readonly execute: Execute;
  readonly dispatch: Dispatch;
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
  readonly reportUnready: (owner: string, reason: string) => () => void;
  readonly unready: () => readonly { readonly owner: string; readonly reason: string }[];
  readonly isInitialized: (urn: string) => boolean;
  readonly describe: (urn: string) => ResourceDescription | undefined;
  readonly app: ModuleCreateContext["kernel"]["app"];
  /** Takes part in the election of a resource, its `owner`. */
  readonly lead: (owner: string, events: LeadershipEvents) => Promise<Leadership>;
  /** The `api` of a resource that `user` names in a field that is `digly:ready`. */
  readonly use: (urn: string, user: string) => unknown;
  /** The URN of the resource that is written inline at a path of `owner`. */
  readonly inlineAt: (path: Path, owner: string) => string | undefined;
  /** Notes that the `create` of `waiting` waits for a resource. */
  readonly waitFor: (urn: string, waiting: string) => void;
  /** The files that resources name. */
  readonly files: {
    /** The URL of the module that a field names. */
    urlOf(urn: string, path: Path): string;
    /** Imports the module that a field names; `origin` is the place of the field. */
    importModule(
      urn: string,
      path: Path,
      origin: Origin | undefined,
    ): Promise<Record<string, unknown>>;
    /** The files of data that a field names. */
    read(urn: string, path: Path): readonly AppFile[];
  };
  /** Where a field of a resource is written in its manifest. */
  readonly originAt: (urn: string, path: Path, part?: TextPart) => Origin | undefined;
  /** Registers a resource on behalf of `creator`. */
  readonly registerResource: (manifest: ResourceManifest, creator: string) => void;
  /** All metrics of the app. */
  readonly metrics: Metrics;
  /** Reads them, and counts those of the runtime until it is closed. */
  readonly readMetrics: () => { read(): readonly MetricFamily[]; close(): void };
  readonly clock: Clock;
  readonly random: () => number;
  /** Adds an interceptor; `visible` is what its module may see of a resource. */
  readonly intercept: (
    owner: string,
    match: InterceptMatch,
    around: Interceptor,
    visible: (resource: RuntimeResource) => RuntimeResource,
  ) => () => void;
  /** What is known of the events of a kind; `undefined` if it is not defined. */
  readonly kindEvents: (kind: string) => KindEvents | undefined;
  /** The names of all kinds. */
  readonly kindNames: () => Iterable<string>;
  readonly on: (key: string, listener: EventListener, owner: string, once?: boolean) => () => void;
  readonly off: (key: string, listener: EventListener) => void;
  readonly emit: (
    event: string,
    payload: unknown,
    subject: EventSubject,
    emitter?: Context,
  ) => Promise<void>;
  readonly hasListeners: (event: string, subject: EventSubject) => boolean;
  /** Changes whenever the result of {@link hasListeners} may change. */
  readonly listenerRevision: () => number;
  /** The key of one resource's event on the bus. */
  readonly resourceEventKey: (kind: string, name: string, event: string) => string;
  readonly resources: ResourceView;
  /** What instances have looked at, which a reload has to know. */
  readonly reads: ReadLog;
  readonly expressions: ExpressionServices;
  /** Takes the conditions of resources, and their outcomes. */
  readonly onCondition: OnCondition | undefined;
  /** Takes the `switch`es of resources, and the branches that they take. */
  readonly onSwitch: OnSwitch | undefined;
  /** Observes work that is not an execution, for an inspector. */
  readonly observeWork: ObserveWork | undefined;
  /** Takes the values of expressions, for an inspector. */
  readonly expressionProbe: ExpressionProbe | undefined;
}

/** What compiling the expressions of a resource needs. */
export interface ExpressionServices {
  readonly places: DeferredPlaces;
  readonly kinds: KindSchemas;
  readonly limits: Limits;
  /** Where expressions of a resource wait for its controller. */
  readonly scopesOf: (urn: string) => Scopes;
  /** The environment that expressions of a resource see. */
  readonly environmentOf: (urn: string) => Readonly<Record<string, string | undefined>>;
}

/** Schemas of kinds. */
export interface KindSchemas {
  get(kind: string): Pick<KindEntry, "schema"> | undefined;
}

/** A kind, as far as its events are concerned. */
export interface KindEvents {
  /** The modules that may emit them: the one that defines the kind, and the one that serves it. */
  readonly modules: readonly string[];
  /** The events that its definition lists; empty if it says nothing about them. */
  readonly events: readonly string[];
}

/** The registry, as contexts read it. */
export interface ResourceView {
  all(): readonly RuntimeResource[];
  /** Changes whenever a resource is added, and when the app is reloaded. */
  revision(): string;
  has(urn: string): boolean;
  /** True if a resource names another one in its fields. */
  mentions(urn: string, other: string): boolean;
  byUri(uri: string): RuntimeResource | undefined;
  bySource(path: string): readonly RuntimeResource[];
  byDepth(depth: number): readonly RuntimeResource[];
  /** The name of the module whose controller serves a kind. */
  ownerOf(kind: string): string | undefined;
  /** True if a kind is, extends or fulfils another. */
  isA(kind: string, wanted: string): boolean;
}

/** The module that a context belongs to. */
export interface ModuleIdentity {
  /** Its name in the app. */
  readonly name: string;
  /** Its name in its manifest, which an import may change. */
  readonly ownName: string;
  readonly version: string | undefined;
}
