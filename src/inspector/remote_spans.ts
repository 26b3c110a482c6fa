/**
 * Adds to recorded executions what other processes of a cluster do for them. Those report their
 * executions as events, and only while somebody watches.
 */
import type { EventRecord, ExecutionPayload } from "../contract/events.ts";
import { formatUrn } from "../contract/urn.ts";
import type { ClusterView } from "../contract/transport.ts";
import type { Executions } from "./executions.ts";
import type { RecordedSpan, Recording } from "./recording.ts";

/** The most executions elsewhere that are waited for at once; more are not shown. */
const MOST_OPEN = 1_000;

/** Options of {@link RemoteSpans}. */
export interface RemoteSpansOptions {
  readonly executions: Executions;
  /** The name of this process, once it is known. */
  readonly self: () => string | undefined;
  /** Called when a span was added to a recording, or has ended. */
  readonly onChange: (recording: Recording) => void;
  /** Called with every event of any process. */
  readonly onEvent: (record: EventRecord) => void;
}

/** Follows the executions of other processes. */
export class RemoteSpans {
  readonly #options: RemoteSpansOptions;
  /** By span id: those that have begun. */
  readonly #open = new Map<string, RecordedSpan>();
  #followed: { readonly cluster: ClusterView; readonly stop: () => void } | undefined;

  constructor(options: RemoteSpansOptions) {
    this.#options = options;
  }

  /** Follows a cluster instead of the one before; `undefined` follows none. */
  follow(cluster: ClusterView | undefined): void {
    if (this.#followed?.cluster === cluster) return;
    this.#followed?.stop();
    this.#open.clear();
    this.#followed = cluster && { cluster, stop: cluster.watch((record) => this.take(record)) };
  }

  /** Takes an event of any process. */
  take(record: EventRecord): void {
    const { executions, self: selfOf, onChange, onEvent } = this.#options;
    onEvent(record);
    const { event, kind, name, node, payload } = record;
    if (kind === undefined || name === undefined || node === undefined) return;
    // What this process does is recorded already, and its events come back, too.
    const self = selfOf();
    if (self === undefined || node === self) return;
    const what = event.slice(kind.length + 1);
    const { traceId, spanId, parentSpanId, duration, error } = (payload ?? {}) as Partial<
      ExecutionPayload
    >;
    if (spanId === undefined || traceId === undefined || !event.startsWith(`${kind}.`)) return;
    if (what === "Executing" && parentSpanId !== undefined) {
      if (this.#open.size >= MOST_OPEN) return;
      const recording = executions.withSpan(traceId, parentSpanId);
      if (recording === undefined) return;
      const urn = formatUrn(kind, name);
      const begun = recording.begin({ id: spanId, parent: parentSpanId, urn, node }, undefined);
      if (begun === undefined) return;
      this.#open.set(spanId, begun);
      onChange(recording);
    } else if (what === "Executed" || what === "Failed") {
      const begun = this.#open.get(spanId);
      if (begun === undefined) return;
      this.#open.delete(spanId);
      begun.recording.end(begun.span, duration ?? 0, error, undefined);
      onChange(begun.recording);
    }
  }
}
