/** Events, logs, snapshots, jobs, reloads and processes as the inspector's API describes them. */
import type { ApiError, Page } from "./common.ts";

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

/** An event of any process of an app with roles. */
export interface ClusterEvent extends Omit<EventItem, "seq"> {
  /** The process that emitted it. */
  readonly node: string;
}

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

/** `cluster`: the processes of an app with roles, and which of them answers; without roles, none. */
export interface ClusterStatusView {
  readonly self?: string;
  readonly nodes: readonly ClusterNodeView[];
}

/** A process of an app with roles. */
export interface ClusterNodeView {
  readonly node: string;
  readonly roles: readonly string[];
  /** The version of the app's files, and the `version` of its manifest. */
  readonly generation: string;
  readonly version?: string | undefined;
  /** `starting`, `ready` or `draining`. */
  readonly state: string;
  /** How many executions of others it runs, and how many wait for their turn. */
  readonly active: number;
  readonly waiting: number;
  readonly host?: string;
  readonly pid?: number;
  readonly uptimeMs: number;
}
