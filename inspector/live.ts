/** What the page knows of the app, kept up to date by the stream of the inspector. */
import type {
  Activity,
  AppView,
  Edge,
  EventItem,
  EventsView,
  ExecutionSummary,
  ExecutionsView,
  GraphView,
  LogItem,
  LogsView,
  ReloadItem,
  ReloadsView,
  ResourceSummary,
  StreamMessages,
} from "../src/inspector/api.ts";
import { get, RequestFailure } from "./client.ts";
import { edgeKey } from "./graph/model.ts";
import { Ring } from "./ring.ts";
import { Store } from "./store.ts";

/** `refused`: the token of the page is not, or no longer, valid. */
export type Connection = "connecting" | "open" | "lost" | "refused";

/** The state of a resource that changes while the app runs. */
export type LiveState = StreamMessages["states"]["items"][number];

/** A point of the chart. */
export interface RatePoint {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly perSecond: number;
  readonly errorsPerSecond: number;
}

/** How many items of each list the page keeps. */
const CAPACITY = { events: 2000, logs: 2000, executions: 500, reloads: 200, points: 600 };

/** How many items of the past a page asks for. */
const HISTORY = 500;

/** How long a page is hidden before it leaves the stream: an app that is watched records more. */
const HIDDEN_MS = 60_000;

/** The app behind the page. */
export class Live {
  /** The connection and the app. */
  readonly appStore: Store = new Store();
  /** Resources and connections, which change with a reload. */
  readonly graphStore: Store = new Store();
  /** States and rates. */
  readonly activityStore: Store = new Store();
  readonly executionStore: Store = new Store();
  readonly eventStore: Store = new Store();
  readonly logStore: Store = new Store();
  readonly reloadStore: Store = new Store();

  connection: Connection = "connecting";
  app: AppView | undefined;
  resources: readonly ResourceSummary[] = [];
  edges: readonly Edge[] = [];
  byUrn: ReadonlyMap<string, ResourceSummary> = new Map();
  readonly states: Map<string, LiveState> = new Map();
  resourceRates: ReadonlyMap<string, Activity> = new Map();
  edgeRates: ReadonlyMap<string, Activity> = new Map();
  readonly points: Ring<RatePoint> = new Ring(CAPACITY.points);
  readonly events: Ring<EventItem> = new Ring(CAPACITY.events);
  readonly logs: Ring<LogItem> = new Ring(CAPACITY.logs);
  readonly reloads: Ring<ReloadItem> = new Ring(CAPACITY.reloads);
  /** By id, in the order in which they began. */
  readonly executions: Map<string, ExecutionSummary> = new Map();
  /** How many messages the page has lost because it was too slow, by topic. */
  readonly lost: Map<string, number> = new Map();

  #source: EventSource | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #generation: number | undefined;
  #graphLoading: Promise<void> | undefined;
  #graphIsStale = false;
  /** Connections that the graph has, and those for which it was loaded again in vain. */
  #knownEdges: Set<string> = new Set();

  /** Connects, and does so again whenever the connection is lost. */
  connect(): void {
    this.#source?.close();
    const source = new EventSource("/api/v1/stream");
    this.#source = source;
    source.onopen = () => {
      this.#setConnection("open");
      void this.#loadAll();
    };
    source.onerror = () => void this.#handleLoss(source);
    const on = <Topic extends keyof StreamMessages>(
      topic: Topic,
      take: (message: StreamMessages[Topic]) => void,
    ) =>
      source.addEventListener(
        topic,
        ({ data }: MessageEvent<string>) => take(JSON.parse(data) as StreamMessages[Topic]),
      );
    on("app", (app) => this.#takeApp(app));
    on("states", ({ generation, items }) => {
      for (const item of items) this.states.set(item.urn, item);
      this.activityStore.changed();
      this.#takeGeneration(generation);
    });
    on("rates", (rates) => this.#takeRates(rates));
    on("executions", (execution) => this.#takeExecutions([execution]));
    on("events", (event) => takeNew(this.events, [event], this.eventStore));
    on("logs", (line) => takeNew(this.logs, [line], this.logStore));
    on("reloads", (reload) => takeNew(this.reloads, [reload], this.reloadStore));
    on("lost", (counts) => {
      for (const [topic, count] of Object.entries(counts)) {
        this.lost.set(topic, (this.lost.get(topic) ?? 0) + count);
      }
      this.eventStore.changed();
      this.logStore.changed();
      this.executionStore.changed();
    });
  }

  /** Leaves the stream when the page has been hidden for a while; one that is seen again connects. */
  setHidden(isHidden: boolean): void {
    clearTimeout(this.#leaving);
    if (!isHidden) {
      if (this.#source === undefined) this.connect();
      return;
    }
    this.#leaving = setTimeout(() => {
      this.#source?.close();
      this.#source = undefined;
      this.#setConnection("connecting");
    }, HIDDEN_MS);
  }

  /** The state of a resource at the moment. */
  stateOf(urn: string): LiveState | undefined {
    return this.states.get(urn) ?? this.byUrn.get(urn);
  }

  /** What happened to a resource. */
  activityOf(urn: string): Activity | undefined {
    return this.resourceRates.get(urn) ?? quiet(this.byUrn.get(urn)?.activity);
  }

  /** What happened on a connection, by its key. */
  activityOnEdge(key: string, edge: Edge | undefined): Activity | undefined {
    return this.edgeRates.get(key) ?? quiet(edge?.activity);
  }

  /** Loads the resources again; several requests at once are one. */
  loadGraph(): Promise<void> {
    if (this.#graphLoading !== undefined) {
      this.#graphIsStale = true;
      return this.#graphLoading;
    }
    this.#graphIsStale = false;
    this.#graphLoading = get<GraphView>("graph").then(({ generation, nodes, edges }) => {
      this.#generation = generation;
      this.resources = nodes;
      this.edges = edges;
      this.byUrn = new Map(nodes.map((node) => [node.urn, node]));
      for (const edge of edges) this.#knownEdges.add(edgeKey(edge));
      this.states.clear();
      this.graphStore.changed();
      this.activityStore.changed();
    }).catch(() => {}).finally(() => {
      this.#graphLoading = undefined;
      if (this.#graphIsStale) void this.loadGraph();
    });
    return this.#graphLoading;
  }

  /** A new connection may be one to a new process: what the page has kept is read again. */
  async #loadAll(): Promise<void> {
    for (const ring of [this.events, this.logs, this.reloads, this.points]) ring.clear();
    this.executions.clear();
    this.lost.clear();
    this.#knownEdges.clear();
    const list = `?limit=${HISTORY}`;
    try {
      const [app, executions, events, logs, reloads] = await Promise.all([
        get<AppView>("app"),
        get<ExecutionsView>(`executions${list}`),
        get<EventsView>(`events${list}`),
        get<LogsView>(`logs${list}`),
        get<ReloadsView>(`reloads${list}`),
        this.loadGraph(),
      ]);
      this.#takeApp(app);
      this.#takeExecutions(executions.items);
      prepend(this.events, events.items, this.eventStore);
      prepend(this.logs, logs.items, this.logStore);
      prepend(this.reloads, reloads.items, this.reloadStore);
    } catch (error) {
      if (error instanceof RequestFailure && error.status === 401) this.#setConnection("refused");
      // Otherwise the stream ends as well, and the page connects again.
    }
  }

  async #handleLoss(source: EventSource): Promise<void> {
    if (this.#source !== source) return;
    // The browser tries again by itself unless it was answered with an error.
    source.close();
    if (this.connection === "open") this.#setConnection("lost");
    const status = await get("app").then(
      () => 200,
      (error: unknown) => error instanceof RequestFailure ? error.status : 0,
    );
    if (this.#source !== source) return;
    this.#setConnection(status === 401 || status === 403 ? "refused" : "lost");
    setTimeout(() => this.#source === source && this.connect(), 1000);
  }

  #setConnection(connection: Connection): void {
    if (this.connection === connection) return;
    this.connection = connection;
    this.appStore.changed();
  }

  #takeApp(app: AppView): void {
    this.app = app;
    this.appStore.changed();
    this.#takeGeneration(app.generation);
  }

  #takeGeneration(generation: number): void {
    if (this.#generation !== undefined && this.#generation !== generation) void this.loadGraph();
  }

  #takeRates({ resources, edges }: StreamMessages["rates"]): void {
    this.resourceRates = new Map(resources.map(({ urn, activity }) => [urn, activity]));
    this.edgeRates = new Map(edges.map((edge) => [edgeKey(edge), edge.activity]));
    // A connection that no manifest mentions exists once it has been used.
    const unknown = [...this.edgeRates.keys()].filter((key) => !this.#knownEdges.has(key));
    if (unknown.length > 0) {
      for (const key of unknown) this.#knownEdges.add(key);
      void this.loadGraph();
    }
    let perSecond = 0;
    let errorsPerSecond = 0;
    for (const { activity } of resources) {
      perSecond += activity.perSecond;
      errorsPerSecond += activity.errorsPerSecond;
    }
    this.points.push([{ at: Math.round(Date.now() / 1000), perSecond, errorsPerSecond }]);
    this.activityStore.changed();
  }

  #takeExecutions(executions: readonly ExecutionSummary[]): void {
    for (const execution of executions) {
      const known = this.executions.get(execution.id);
      if (known === undefined || known.seq <= execution.seq) {
        this.executions.set(execution.id, execution);
      }
    }
    let excess = this.executions.size - CAPACITY.executions;
    for (const id of this.executions.keys()) {
      if (excess-- <= 0) break;
      this.executions.delete(id);
    }
    this.executionStore.changed();
  }
}

/** The totals of a resource or connection that has done nothing for ten seconds. */
function quiet(activity: Activity | undefined): Activity | undefined {
  return activity && { ...activity, perSecond: 0, errorsPerSecond: 0, meanMs: 0, maxMs: 0 };
}

/** Adds items that are newer than the last one. */
function takeNew<T extends { readonly seq: number }>(
  ring: Ring<T>,
  items: readonly T[],
  store: Store,
): void {
  const last = ring.last?.seq ?? -1;
  ring.push(items.filter(({ seq }) => seq > last));
  store.changed();
}

/** Adds items of the past before those that have arrived meanwhile. */
function prepend<T extends { readonly seq: number }>(
  ring: Ring<T>,
  items: readonly T[],
  store: Store,
): void {
  const last = items.at(-1)?.seq ?? -1;
  const newer = ring.latest().filter(({ seq }) => seq > last);
  ring.clear();
  ring.push([...items, ...newer]);
  store.changed();
}

/** The app of this page. */
export const live: Live = new Live();
