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

/** The answer to a request that failed. */
export interface ApiProblem {
  readonly error: ApiError;
}

/** A mistake in a request, or a failure of the app. */
export interface ApiError {
  /** `ERR_…` or a code of the app. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
  readonly place?: Place;
  /** The lines of the manifest around `place`, as the terminal shows them. */
  readonly frame?: string;
}

/** A place in a file; lines and columns count from 1. */
export interface Place {
  /** The path of a local file as the terminal shows it, or the URL of another one. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Stands in for a value that is too large to be recorded. */
export interface CutValue {
  readonly $cut: {
    /** The beginning of its JSON text. */
    readonly text: string;
    /** The length of that text; undefined if it was not written in full. */
    readonly length?: number;
  };
}

/**
 * A part of a list that grows at its end. Older items are forgotten as new ones arrive, so memory
 * stays bounded.
 */
export interface Page<Item> {
  /** Oldest first. */
  readonly items: readonly Item[];
  /** `?after=` for the items that come next. */
  readonly next: number;
  /** How many items between `?after=` and the first one here were forgotten. */
  readonly lost: number;
}

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

/** `resources`: all resources, in the order in which they were loaded. */
export interface ResourcesView {
  readonly generation: number;
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

/** An execution that no other one in this process has started, with those below it. */
export interface ExecutionSummary {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** A number that grows with every execution that is recorded or changes. */
  readonly seq: number;
  /** W3C trace id. */
  readonly trace: string;
  readonly urn: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: "running" | "done" | "failed";
  /** Its duration in milliseconds, once it has ended. */
  readonly ms?: number;
  readonly error?: { readonly code: string; readonly message: string };
  /** `inspector` for one that `POST executions` or `POST requests` has started. */
  readonly startedBy: "app" | "inspector";
  /**
   * `outline` has no values: executions are sampled, and only a failure is always noted. See
   * docs/inspector.md.
   */
  readonly detail: "full" | "outline";
  /**
   * True for a request that the resource has answered, which is not an execution: its input is a
   * method, a path and a body, and `POST requests` repeats it.
   */
  readonly isRequest: boolean;
  /** The number of its spans. */
  readonly spans: number;
}

/** `executions?resource=&trace=&failed=true&after=&limit=`: the recorded executions. */
export type ExecutionsView = Page<ExecutionSummary>;

/** `executions/<id>`: one execution. */
export interface ExecutionView extends ExecutionSummary {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly failure?: ApiError;
  /** In the order in which they started; the first one is the execution itself. */
  readonly items: readonly Span[];
  /** In the order in which they were evaluated. */
  readonly expressions: readonly ExpressionValue[];
  /** True if spans or expressions beyond a limit were not recorded. */
  readonly isCut: boolean;
  /** What it logged. */
  readonly logs: readonly LogItem[];
  /** The same execution from the terminal. */
  readonly command: string;
}

/** The execution of one resource. */
export interface Span {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly parent?: string;
  readonly urn: string;
  /** The process that ran it, if it was another one. */
  readonly node?: string;
  /** Milliseconds since the start of the first span. */
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly ms?: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The value that an expression had during an execution. */
export interface ExpressionValue extends Place {
  /** The resource whose manifest has the expression. */
  readonly urn: string;
  /** The span that evaluated it, if it is known. */
  readonly span?: string;
  /** The text between the braces. */
  readonly source: string;
  /** Undefined if the evaluation failed. */
  readonly value?: unknown;
  readonly error?: string;
  /** Milliseconds since the start of the first span. */
  readonly atMs: number;
  /** How often it was evaluated at this place during the span; the value is the last one. */
  readonly times: number;
}

/** Body of `POST executions`. */
export interface ExecuteRequest {
  readonly urn: string;
  readonly input?: unknown;
  /** 30,000 by default, 300,000 at most. */
  readonly timeoutMs?: number;
}

/** Answer of `POST executions`, also when the execution fails. */
export type ExecuteResult = ExecutionView;

/** Body of `POST requests`: a request to the app's own HTTP servers. */
export interface HttpRequestRequest {
  readonly method: string;
  /** Begins with `/`; with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; an object is sent as JSON. */
  readonly body?: unknown;
  /** The `server` of a {@link RouteRequest}; the first server by default. */
  readonly server?: string;
  /** 30,000 by default, 300,000 at most. */
  readonly timeoutMs?: number;
}

/** Answer of `POST requests`. */
export interface HttpRequestResult {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** At most 1 MiB of it. */
  readonly body: string;
  /** `base64` for a body that is not text. */
  readonly encoding: "text" | "base64";
  readonly isCut: boolean;
  readonly ms: number;
  /** The executions that it started. */
  readonly executions: readonly string[];
  /** The same request from the terminal. */
  readonly command: string;
}

/** Body of `POST executions/<id>/test`. */
export interface SaveTestRequest {
  /** A name for the test case; made from the resource by default. */
  readonly name?: string;
  /**
   * The path of the file from the folder of the app, such as `tests/greets.test.yaml`; made from the
   * name by default. The file must not exist, and must be in that folder.
   */
  readonly file?: string;
  /** True to be shown the test without writing it. */
  readonly preview?: boolean;
}

/** Answer of `POST executions/<id>/test`. */
export interface SavedTest {
  /** The name of the test case. */
  readonly name: string;
  /** The path of the file from the folder of the app. */
  readonly fileName: string;
  /** A `Test.Case` that executes the resource and expects the same outcome. */
  readonly yaml: string;
  /** The path of the file that was written, as the terminal shows it. */
  readonly path?: string;
}

/** An event of the app. */
export interface EventItem {
  readonly seq: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly event: string;
  readonly payload?: unknown;
  readonly module?: string;
  /** The resource that it is about. */
  readonly resource?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly traceId?: string;
  /** The resource that emitted it. */
  readonly source?: string;
  /** The process that emitted it, if it was another one. */
  readonly node?: string;
}

/**
 * `events?name=&resource=&kind=&trace=&after=&limit=`: the latest events. `*` in `name` matches any
 * text. The events of single executions are among the executions instead.
 */
export type EventsView = Page<EventItem>;

/** A line of the log. */
export interface LogItem {
  readonly seq: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly level: "debug" | "info" | "warn" | "error";
  /** `kernel`, the name of a module, or the URN of a resource. */
  readonly owner: string;
  readonly message: string;
  readonly traceId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** `logs?level=&owner=&trace=&text=&after=&limit=`: lines of at least this level. */
export type LogsView = Page<LogItem>;

/** What a resource says of itself. */
export interface ResourceSnapshotView {
  readonly urn: string;
  readonly kind: string;
  readonly module: string;
  readonly snapshot?: unknown;
  readonly error?: string;
}

/** `snapshots?kind=`: schedules, queues, breakers, connections: whatever has something to say. */
export interface SnapshotsView {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly items: readonly ResourceSnapshotView[];
}

/** A durable job. */
export interface JobView {
  readonly id: string;
  /** The resource that it belongs to. */
  readonly urn: string;
  readonly state: "running" | "waiting" | "done" | "failed" | "cancelled";
  /** ISO 8601. */
  readonly created: string;
  readonly updated: string;
  readonly runs: number;
}

/** `jobs?limit=`: the newest jobs first. */
export interface JobsView {
  readonly items: readonly JobView[];
}

/** `jobs/<id>`, and the answer of `POST jobs/<id>/retry` and `POST jobs/<id>/cancel`. */
export interface JobDetails extends JobView {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly steps: readonly {
    readonly step: string;
    readonly ended: string;
    readonly output?: unknown;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
}

/** A reload of the app, or a new start of it in the same process. */
export interface ReloadItem {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  /** `restart`: a change needed a new start. `failed`: the app continues as it was. */
  readonly outcome: "reloaded" | "restart" | "failed";
  readonly ms: number;
  /** The generation afterwards. */
  readonly generation: number;
  /** URNs, sorted. */
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Why it failed, or why a new start was needed. */
  readonly error?: ApiError;
}

/** `reloads?after=&limit=`. */
export type ReloadsView = Page<ReloadItem>;

/**
 * `stream?topics=app,states,rates,executions,events,logs,reloads`: server-sent events, of all topics by
 * default. The name of a message is its topic, its data is JSON. A page that reads too slowly loses
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
  /** How many messages of each topic this page has lost since the last one of these. */
  readonly lost: Readonly<Record<string, number>>;
}

/** A topic of the stream. */
export type StreamTopic = Exclude<keyof StreamMessages, "lost">;
