/** The recorded executions: the latest ones, within a number and a size. */
import type { ExecutionsView } from "./api.ts";
import type { Recording } from "./recording.ts";

/** The most executions that are remembered, and the most characters that all of them may take. */
export const MOST_EXECUTIONS = 500;
const MOST_TEXT = 32 * 1_024 * 1_024;

/** How many numbers of forgotten executions are kept, to say how many a reader has missed. */
const MOST_FORGOTTEN = 5_000;

/** Which executions to list. */
export interface ExecutionFilter {
  readonly resource?: string | undefined;
  readonly trace?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

/** Remembers executions. */
export class Executions {
  readonly #byId = new Map<string, Recording>();
  #seq = 0;
  #weight = 0;
  readonly #weights = new Map<string, number>();
  readonly #forgotten: number[] = [];

  /** Adds an execution, or notes that it has changed. */
  put(recording: Recording): void {
    const { id } = recording.start;
    recording.seq = ++this.#seq;
    this.#byId.set(id, recording);
    const { weight } = recording;
    this.#weight += weight - (this.#weights.get(id) ?? 0);
    this.#weights.set(id, weight);
    while (this.#byId.size > MOST_EXECUTIONS || this.#weight > MOST_TEXT) {
      const [oldest] = this.#byId.keys();
      if (oldest === undefined || oldest === id) break;
      this.#forget(oldest);
    }
  }

  get(id: string): Recording | undefined {
    return this.#byId.get(id);
  }

  /** The latest one of a trace that has a span. */
  withSpan(trace: string, span: string): Recording | undefined {
    return [...this.#byId.values()].findLast((one) => one.trace === trace && one.has(span));
  }

  /** Those of a trace, oldest first. */
  ofTrace(trace: string): readonly Recording[] {
    return [...this.#byId.values()].filter((one) => one.trace === trace);
  }

  /** The ids of all, to find the nearest one. */
  ids(): string[] {
    return [...this.#byId.keys()];
  }

  list({ resource, trace, failed, after, limit }: ExecutionFilter): ExecutionsView {
    const fitting = [...this.#byId.values()].filter((one) =>
      (after === undefined || one.seq > after) &&
      (trace === undefined || one.trace === trace) &&
      (failed === undefined || (one.state === "failed") === failed) &&
      (resource === undefined || one.start.urn === resource ||
        one.spans.some(({ urn }) => urn === resource))
    );
    if (after !== undefined) fitting.sort((a, b) => a.seq - b.seq);
    const items = after === undefined ? fitting.slice(-limit) : fitting.slice(0, limit);
    const isWhole = after === undefined || items.length === fitting.length;
    return {
      items: items.map(({ summary }) => summary),
      next: isWhole ? this.#seq : items.at(-1)?.seq ?? after,
      lost: after === undefined ? 0 : this.#forgotten.filter((seq) => seq > after).length,
    };
  }

  #forget(id: string): void {
    const recording = this.#byId.get(id);
    if (recording === undefined) return;
    this.#byId.delete(id);
    this.#weight -= this.#weights.get(id) ?? 0;
    this.#weights.delete(id);
    this.#forgotten.push(recording.seq);
    if (this.#forgotten.length > MOST_FORGOTTEN * 2) this.#forgotten.splice(0, MOST_FORGOTTEN);
  }
}
