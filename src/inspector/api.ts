/**
 * The JSON API of the inspector, version 1. All paths are below `/api/v1/` and are read with `GET`
 * unless they say otherwise. Every answer is JSON; an answer with a status of 400 or more is an
 * {@link ApiProblem}. Within a version, fields are added but never changed or removed.
 *
 * Requests need the token that the program prints, in `Authorization: Bearer <token>` or in the
 * cookie that `/?token=<token>` sets, and the address of the inspector as `Host`. Requests with an
 * `Origin` must come from that address; `POST` takes `content-type: application/json` only.
 *
 * Sensitive values are `[redacted]` everywhere. Values of the app, such as inputs, are JSON; one that
 * is too large is cut, and then is a {@link CutValue}.
 */
import type { ApiError, Place } from "./api/common.ts";
import type { ExecutionSummary } from "./api/executions.ts";
import type { ClusterEvent, EventItem, LogItem, ReloadItem } from "./api/records.ts";

export type * from "./api/common.ts";
export type * from "./api/executions.ts";
export type * from "./api/records.ts";

/** The state of the app: `reloading` is a running one whose next version is being started. */
export type AppState =
  | "loading"
  | "starting"
  | "started"
  | "reloading"
  | "stopping"
  | "stopped"
  | "failed";

/** `app`: the running app. */
export interface AppView {
  readonly name: string;
  readonly version?: string;
  /** The version of Digly. */
  readonly digly: string;
  readonly host: { readonly name: string; readonly version: string };
  readonly state: AppState;
  /** Why it is `failed`. */
  readonly error?: ApiError;
  /** ISO 8601; when the app started. */
  readonly startedAt?: string;
  /** 1 for the first version of the app in this process, one more after every reload and restart. */
  readonly generation: number;
  /** The roles of this process, for an app with roles. */
  readonly roles?: readonly string[];
  /** This process among those of the app. */
  readonly node?: string;
  /** The number of pages that read the stream. */
  readonly pages: number;
  /** What keeps the process alive. */
  readonly holds: readonly Hold[];
  /** The URLs of its HTTP servers, to which `POST requests` can be sent. */
  readonly servers: readonly string[];
  /** The most items that are remembered of each list. */
  readonly capacity: Readonly<Record<"events" | "logs" | "executions" | "reloads", number>>;
}

/** What keeps the process alive. */
export interface Hold {
  /** The URN of a resource, or the name of a module. */
  readonly owner: string;
  readonly reason: string;
}

/**
 * The state of a resource. `registered` comes before its controller is called, `executing` is an
 * initialised one with executions in progress, `draining` one that finishes its work before its
 * teardown.
 */
export type ResourceState =
  | "registered"
  | "created"
  | "initialised"
  | "executing"
  | "failed"
  | "draining"
  | "stopped";

/** What happened to a resource or a connection since the app started, and how often it happens now. */
export interface Activity {
  readonly executions: number;
  readonly errors: number;
  /** Executions and errors a second, over the last ten seconds. */
  readonly perSecond: number;
  readonly errorsPerSecond: number;
  /** The mean duration over the last ten seconds, in milliseconds; 0 without executions. */
  readonly meanMs: number;
  /** The longest duration over the last ten seconds. */
  readonly maxMs: number;
}

/** A resource in a list. */
export interface ResourceSummary extends Place {
  readonly urn: string;
  readonly kind: string;
  readonly name: string;
  /** The module that provides its kind. */
  readonly module: string;
  readonly state: ResourceState;
  /** The number of its executions in progress. */
  readonly executing: number;
  /** What it keeps the process alive for. */
  readonly holds: readonly string[];
  readonly isExecutable: boolean;
  /** The resource in which it is written. */
  readonly parent?: string;
  /** The resource that it was made from, if its kind is a template. */
  readonly instanceOf?: string;
  readonly activity: Activity;
}

/** `resources?after=&limit=`: resources in the order in which they were loaded, at most 2,000. */
export interface ResourcesView {
  /** `after` belongs to one generation: begin again if it has changed. */
  readonly generation: number;
  /** The number of all resources. */
  readonly total: number;
  /** `?after=` for the resources that come next, if there are more. */
  readonly next?: number;
  readonly items: readonly ResourceSummary[];
}

/** Why two resources are connected; see `digly graph`. */
export type EdgeReason = "reference" | "execution" | "mount" | "ready" | "inline" | "instance of";

/** A connection between two resources. */
export interface Edge {
  /** URNs. */
  readonly from: string;
  readonly to: string;
  /**
   * Usually one. `execution` is there, too, once `from` has executed `to` without saying so in its
   * manifest.
   */
  readonly reasons: readonly EdgeReason[];
  /** The fields of `from` that connect them, such as `handler.name`. */
  readonly fields: readonly string[];
  /** The executions of `to` by `from`. */
  readonly activity: Activity;
}

/** `graph`: resources and their connections. */
export interface GraphView {
  readonly generation: number;
  readonly nodes: readonly ResourceSummary[];
  readonly edges: readonly Edge[];
}

/** Where the value of a field comes from. */
export interface FieldOrigin extends Place {
  /** The path of the field, such as `["routes", 0, "path"]`. */
  readonly path: readonly (string | number)[];
  /**
   * `manifest`: it is written there. `template`: a template made it. `include`: it is in an included
   * file. `environment`: it is computed from a variable of the environment. `default`: its kind gives it.
   */
  readonly via: "manifest" | "template" | "include" | "environment" | "default";
  /** The template, the included file, or the variable. */
  readonly name?: string;
}

/** `resources/<urn>`: one resource. */
export interface ResourceView extends ResourceSummary {
  /** The lines of the manifest that define it. */
  readonly source: {
    readonly file: string;
    /** The number of the first line of `text`. */
    readonly firstLine: number;
    readonly text: string;
  };
  /** Its fields without `kind` and `metadata`, as they are after all expressions were evaluated. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly origins: readonly FieldOrigin[];
  /** The kind, as `digly kinds --format json` describes it. */
  readonly documentation: {
    readonly description?: string;
    readonly schema?: unknown;
    readonly example?: string;
    readonly definedIn?: { readonly file: string; readonly line: number };
  };
  /** JSON Schema of the input and the result of an execution, if its kind declares them. */
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
  /** What it says of itself at the moment. */
  readonly snapshot?: unknown;
  readonly snapshotError?: string;
  /** The requests that HTTP servers answer with it; of a server, all that it answers. */
  readonly requests: readonly RouteRequest[];
  /** The resources that use this one, and those that it uses. */
  readonly edges: readonly Edge[];
  /** The latest ones, oldest first. */
  readonly executions: readonly ExecutionSummary[];
  readonly logs: readonly LogItem[];
}

/** A request that a route answers, and what `POST requests` needs to send it. */
export interface RouteRequest {
  /** The resource that has the route. */
  readonly resource: string;
  readonly method: string;
  /** The whole path with its parameters, such as `/v1/orders/:id`. */
  readonly path: string;
  /** The URL of the server. */
  readonly server: string;
  readonly summary?: string;
  /** JSON Schema of the parts of the request, as far as they are declared. */
  readonly schemas: {
    readonly params?: unknown;
    readonly query?: unknown;
    readonly headers?: unknown;
    readonly body?: unknown;
  };
  /** The resources that ask who sends it. */
  readonly security: readonly string[];
}

/** `routes`: the requests that the HTTP servers of the app answer with routes. */
export interface RoutesView {
  readonly items: readonly RouteRequest[];
}

/**
 * `stream?topics=app,states,rates,executions,events,logs,reloads,cluster`: server-sent events, of all
 * topics but `cluster` by default. The name of a message is its topic, its data is JSON. A page that reads too slowly loses
 * messages, which `lost` counts; the app never waits for it.
 */
export interface StreamMessages {
  /** At the beginning, and whenever it changes. */
  readonly app: AppView;
  /** Resources whose state has changed, at most ten times a second. */
  readonly states: {
    readonly generation: number;
    readonly items: readonly {
      readonly urn: string;
      readonly state: ResourceState;
      readonly executing: number;
      readonly holds: readonly string[];
    }[];
  };
  /** Once a second: resources and connections with any activity in the last ten seconds. */
  readonly rates: {
    readonly resources: readonly { readonly urn: string; readonly activity: Activity }[];
    readonly edges: readonly {
      readonly from: string;
      readonly to: string;
      readonly activity: Activity;
    }[];
  };
  /** Executions that began or ended. */
  readonly executions: ExecutionSummary;
  readonly events: EventItem;
  readonly logs: LogItem;
  readonly reloads: ReloadItem;
  /**
   * Events of all processes of an app with roles, those of single executions among them. They are not
   * remembered.
   */
  readonly cluster: ClusterEvent;
  /** How many messages of each topic this page has lost since the last one of these. */
  readonly lost: Readonly<Record<string, number>>;
}

/** A topic of the stream. */
export type StreamTopic = Exclude<keyof StreamMessages, "lost">;
