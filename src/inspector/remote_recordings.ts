/**
 * Adds to a recorded execution what other processes of a cluster have recorded of its trace: their
 * spans and the values of expressions there. What they send is data of a peer, and is checked.
 */
import type { ClusterView } from "../contract/transport.ts";
import type { ExpressionValue, Span } from "./api.ts";
import type { AppFiles } from "./app_files.ts";
import { messageOf } from "../contract/errors.ts";
import { findMissing } from "./missing_values.ts";
import type { Recording, SharedRecording } from "./recording.ts";

/** How often an execution is asked about before it is shown without what is missing. */
const MOST_ATTEMPTS = 3;

/** The most recordings of one process that are read. */
const MOST_RECORDINGS = 100;

/** The most characters of names and sources that other processes send. */
const LONGEST_TEXT = 8 * 1_024;

/** What is needed to ask other processes. */
export interface RemoteSource {
  readonly cluster: ClusterView | undefined;
  readonly files: AppFiles;
  /** Called when something was added to a recording. */
  readonly onChange: (recording: Recording) => void;
}

/** Asks other processes about executions. */
export class RemoteRecordings {
  readonly #attempts = new WeakMap<Recording, number>();
  readonly #asking = new WeakMap<Recording, Promise<void>>();

  /** Adds what other processes have recorded; resolves when they have answered, or were too slow. */
  async complete(recording: Recording, source: RemoteSource): Promise<void> {
    const { cluster } = source;
    if (cluster === undefined || !isOpen(recording, cluster)) return;
    const attempts = this.#attempts.get(recording) ?? 0;
    const asking = this.#asking.get(recording);
    if (asking !== undefined) return await asking;
    if (attempts >= MOST_ATTEMPTS) return;
    this.#attempts.set(recording, attempts + 1);
    const asked = this.#ask(recording, cluster, source)
      // What is recorded here is shown in any case.
      .catch((error: unknown) => {
        recording.missing = [{ reason: messageOf(error) }];
      })
      .finally(() => this.#asking.delete(recording));
    this.#asking.set(recording, asked);
    await asked;
  }

  async #ask(
    recording: Recording,
    cluster: ClusterView,
    { files, onChange }: RemoteSource,
  ): Promise<void> {
    const answers = await cluster.recordings(recording.trace);
    const found = Object.entries(answers).flatMap(([node, answer]) =>
      readRecordings(answer).map((shared) => ({ node, shared }))
    );
    const isComplete = found.length > 0 && !found.some(({ shared }) => shared.isRunning);
    if (isComplete) this.#attempts.set(recording, MOST_ATTEMPTS);
    let hasChanged = false;
    let waiting = found;
    // One process may have called the next: a recording is added once its calling span is there.
    while (waiting.length > 0) {
      const known = waiting.filter(({ shared: { spans: [root] } }) =>
        root?.parent !== undefined && recording.has(root.parent)
      );
      if (known.length === 0) break;
      for (const { node, shared } of known) recording.addRemote(node, shared, files.fromShared);
      hasChanged = true;
      waiting = waiting.filter((one) => !known.includes(one));
    }
    const received = new Set(found.flatMap(({ shared }) => shared.spans.map(({ id }) => id)));
    recording.missing = await findMissing(recording, answers, received, cluster);
    if (hasChanged) onChange(recording);
  }
}

/** True for an execution that has ended, and of which another process has run a part. */
function isOpen({ state, trace, spans }: Recording, cluster: ClusterView): boolean {
  return state !== "running" && trace !== "" && spans.some(({ urn }) => !cluster.isLocal(urn));
}

/** The recordings in an answer, without what is malformed. */
function readRecordings(answer: unknown): readonly SharedRecording[] {
  if (!Array.isArray(answer)) return [];
  return answer.slice(0, MOST_RECORDINGS).flatMap((item: unknown) => {
    const { startedAt, isRunning, isCut, spans, expressions } = asMap(item);
    if (typeof startedAt !== "string" || Number.isNaN(Date.parse(startedAt))) return [];
    return [{
      startedAt,
      isRunning: isRunning === true,
      isCut: isCut === true,
      spans: asList(spans).flatMap(readSpan),
      expressions: asList(expressions).flatMap(readExpression),
    }];
  });
}

function readSpan(item: unknown): Span[] {
  const { id, parent, urn, startMs, ms, input, output, error } = asMap(item);
  if (!isId(id) || !isId(parent) || !isText(urn) || !isTime(startMs)) return [];
  const { code, message } = asMap(error);
  return [{
    id,
    parent,
    urn,
    startMs,
    ...(isTime(ms) ? { ms } : {}),
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(isText(code) && isText(message) ? { error: { code, message } } : {}),
  }];
}

function readExpression(item: unknown): ExpressionValue[] {
  const { urn, span, source, file, line, column, value, error, atMs, times } = asMap(item);
  const isPlaced = isText(file) && isTime(line) && isTime(column);
  if (!isText(urn) || !isId(span) || !isText(source) || !isPlaced || !isTime(atMs)) return [];
  return [{
    urn,
    span,
    source,
    file,
    line,
    column,
    atMs,
    times: isTime(times) ? times : 1,
    ...(value === undefined ? {} : { value }),
    ...(isText(error) ? { error } : {}),
  }];
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
    ? value as Readonly<Record<string, unknown>>
    : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_TEXT;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
