/** What joins the processes of one app: a module implements {@link Transport}. */
import type { EventRecord } from "./events.ts";
import type { WireContext } from "./execution.ts";

/**
 * An execution that another process runs.
 *
 * @example
 * const describe = ({ urn, wire: { remainingMs } }: RemoteCall): string => `${urn}, ${remainingMs} ms`;
 */
export interface RemoteCall {
  readonly urn: string;
  readonly input: unknown;
  /** The role that runs the resource. */
  readonly role: string;
  /** The calling executions; an empty `chain` if nothing has called it. */
  readonly wire: WireContext;
  /** Aborted when the caller no longer waits; absent if nothing can abort it. */
  readonly signal?: AbortSignal | undefined;
  /** True if running it twice does no harm, so that it may be tried again on another node. */
  readonly idempotent: boolean;
}

/**
 * An execution that another process has asked for.
 *
 * @example
 * const answer = (serve: Serve, call: ServedCall): Promise<unknown> =>
 *   call.signal.aborted ? Promise.reject(call.signal.reason) : serve(call);
 */
export interface ServedCall {
  readonly urn: string;
  readonly input: unknown;
  readonly wire: WireContext;
  readonly signal: AbortSignal;
}

/**
 * Executes what another process asks for. Rejects with a `DiglyError`.
 *
 * @example
 * const echo: Serve = ({ input }) => Promise.resolve(input);
 */
export type Serve = (call: ServedCall) => Promise<unknown>;

/**
 * A role of the app, as its transport declares it.
 *
 * @example
 * const role: RolePlacement = { name: "worker", runs: ["Work.*"], labels: {} };
 */
export interface RolePlacement {
  readonly name: string;
  /** URNs, `Prefix.*` or `*`. */
  readonly runs: readonly string[];
  /** Labels in the metadata of the resources that it runs. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * This process, as a transport sees it.
 *
 * @example
 * const describe = (node: ClusterNode): string => `${node.app} ${node.roles.join("+")}`;
 */
export interface ClusterNode {
  readonly app: string;
  readonly version: string | undefined;
  /** A hash of what the manifests say before `${{ }}` is evaluated; the same in every role. */
  readonly generation: string;
  /** The roles of this process; none for an observer. */
  readonly roles: readonly string[];
  /** Every role of the app. */
  readonly placements: readonly RolePlacement[];
  /** The role that runs a resource; `undefined` for what every process runs. */
  roleOf(urn: string): string | undefined;
  /** True if this process runs the resource. */
  isLocal(urn: string): boolean;
  /** True if the resource exists in this process's manifests. */
  exists(urn: string): boolean;
}

/**
 * What a transport does with the kernel.
 *
 * @example
 * const share = (hooks: TransportHooks, send: (record: EventRecord) => void): (() => void) =>
 *   hooks.forward("Shop.OrderPlaced", send);
 */
export interface TransportHooks {
  /** Delivers an event of another process here. */
  event(record: EventRecord): void;
  /** Calls `send` for every event of this process that a pattern matches. */
  forward(pattern: string, send: (record: EventRecord) => void): () => void;
  /** Calls `send` for every event of this process, for whoever looks at all of them. */
  observe(send: (record: EventRecord) => void): () => void;
  /** The state of this process, for a snapshot that another one takes. */
  snapshot(): Promise<unknown>;
  /**
   * What the inspector of this process has recorded of a trace, as redacted and bounded JSON data for
   * another process; `undefined` if it is not inspected.
   */
  recordings(traceId: string): unknown;
}

/**
 * What a process does when it becomes the leader of something that one process at a time may do.
 *
 * @example
 * const events: LeadershipEvents = { onElected: (note) => console.log(note), onLost: () => console.log("lost") };
 */
export interface LeadershipEvents {
  /** This process leads from now on; `note` is the last one of whoever led before. */
  onElected(note: string | undefined): void;
  /** Another process may lead now. It may be elected again. */
  onLost(): void;
}

/**
 * Taking part in an election.
 *
 * @example
 * const mayRun = (leadership: Leadership, time: string): Promise<boolean> => leadership.note(time);
 */
export interface Leadership {
  /** Stores a note for the next leader; false if this process does not lead, which `onLost` says. */
  note(text: string): Promise<boolean>;
  /** Takes part no more, so that another process can lead at once. */
  resign(): Promise<void>;
}

/**
 * Carries executions and events between the processes of an app. The kernel opens it before it
 * creates any resource, drains it before any resource drains, and closes it after the last teardown.
 *
 * @example
 * const restart = async (transport: Transport, hooks: TransportHooks): Promise<void> => {
 *   await transport.close();
 *   await transport.open(hooks);
 * };
 */
export interface Transport {
  /** True if this process runs the resource. */
  isLocal(urn: string): boolean;
  /** Connects. The boot fails if it rejects; what it has opened must be closed by then. */
  open(hooks: TransportHooks): Promise<void>;
  /** From now on other processes may ask: called when every resource has started. */
  serve(serve: Serve): Promise<void>;
  /** Executes elsewhere. Rejects with the `DiglyError` of the other side, or its own. */
  execute(call: RemoteCall): Promise<unknown>;
  /** Takes nothing new; settles when what was taken has been answered. */
  drain(): Promise<void>;
  close(): Promise<void>;
  /** The processes of the app, for `digly cluster status`. */
  status?(): Promise<ClusterStatus>;
  /** Snapshots of the other processes, by node. */
  snapshots?(): Promise<Readonly<Record<string, unknown>>>;
  /**
   * What `recordings` of {@link TransportHooks} gives in the other processes, by node, of those that
   * answer: null for `undefined`, and `{ error }` of one that cannot send it.
   */
  recordings?(traceId: string): Promise<Readonly<Record<string, unknown>>>;
  /** Calls `take` for every event of every process until the returned function is called. */
  watch?(take: (record: EventRecord) => void): () => void;
  /** Takes part in the election with this name, for which all generations of the app compete. */
  lead?(name: string, events: LeadershipEvents): Promise<Leadership>;
}

/**
 * A process of the app.
 *
 * @example
 * const line = ({ node, state, active }: NodeStatus): string => `${node} ${state} ${active}`;
 */
export interface NodeStatus {
  readonly node: string;
  readonly roles: readonly string[];
  readonly generation: string;
  readonly version: string | undefined;
  /** `starting`, `ready` or `draining`. */
  readonly state: string;
  /** How many executions of others it runs now. */
  readonly active: number;
  /** How many wait for their turn. */
  readonly waiting: number;
  readonly host?: string;
  readonly pid?: number;
  /** Milliseconds since it was started. */
  readonly uptimeMs: number;
}

/** The other processes of an app, for whoever looks at them. */
export interface ClusterView {
  status(): Promise<ClusterStatus>;
  /** True for a resource that this process runs whoever asks for it. */
  isLocal(urn: string): boolean;
  /** What the inspectors of other processes have recorded of a trace, by node. */
  recordings(traceId: string): Promise<Readonly<Record<string, unknown>>>;
  /** Calls `take` for every event of every process until the returned function is called. */
  watch(take: (record: EventRecord) => void): () => void;
}

/**
 * The processes of an app at one moment.
 *
 * @example
 * const count = ({ nodes }: ClusterStatus): number => nodes.length;
 */
export interface ClusterStatus {
  /** The node that answers. */
  readonly self: string;
  readonly nodes: readonly NodeStatus[];
}
