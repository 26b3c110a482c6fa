/** Begins and ends recordings of executions and of other work. */
import type { DiglyError } from "../contract/errors.ts";
import type { AsyncVariable } from "../contract/platform.ts";
import type { ExecutionSummary, Span } from "./api.ts";
import type { Executions } from "./executions.ts";
import type { Identity } from "./identity.ts";
import { type Failure, type RecordedSpan, Recording, type RecordingServices } from "./recording.ts";
import { Sampling } from "./sampling.ts";
import type { ResourceStats } from "./stats.ts";

/** What recordings need from the inspector. */
export interface RecordingsServices extends RecordingServices {
  readonly executions: Executions;
  readonly current: AsyncVariable<Flow>;
  /** True while somebody reads the stream. */
  readonly isWatched: () => boolean;
  /** Called when an execution is recorded or has changed. */
  readonly onExecution: (summary: ExecutionSummary) => void;
}

/** What the code that runs now belongs to. */
export interface Flow {
  /** The work around it. */
  readonly urn?: string;
  readonly span?: RecordedSpan | undefined;
  /** Collects the executions that a request of the inspector starts. */
  readonly started?: string[];
}

/** Starts recordings, and keeps track of those in progress. */
export class Recordings {
  readonly #services: RecordingsServices;
  readonly #sampling: Sampling;
  /** Set while the inspector itself starts an execution. */
  #own: { id?: string } | undefined;
  /** Requests of the inspector that are being answered. */
  #requests = 0;
  /** How many recorded spans have not ended. At 0, which of them encloses a call is not looked up. */
  active = 0;

  constructor(services: RecordingsServices) {
    this.#services = services;
    this.#sampling = new Sampling(services.now, services.isWatched);
  }

  /** Starts an execution that is recorded; `start` calls the kernel. */
  async own(start: () => Promise<unknown>): Promise<string | undefined> {
    const own: { id?: string } = this.#own = {};
    let done: Promise<unknown>;
    try {
      done = start();
    } finally {
      this.#own = undefined;
    }
    await done.catch(() => {});
    return own.id;
  }

  /** Runs `work`; the executions that it starts, also later, are recorded. */
  async observed<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly ids: string[] }> {
    const started: string[] = [];
    this.#requests++;
    try {
      return { result: await this.#services.current.run({ started }, work), ids: started };
    } finally {
      this.#requests--;
    }
  }

  /** The flow of the code that runs now, unless its recording has ended. */
  get flow(): Flow | undefined {
    if (this.active === 0) return undefined;
    const flow = this.#services.current.get();
    return flow?.span?.recording.state === "running" ? flow : undefined;
  }

  /** True if what starts now is to be recorded. */
  admits(stats: ResourceStats, startMs: number): boolean {
    return this.#own !== undefined || this.#started !== undefined ||
      this.#sampling.admits(stats, startMs);
  }

  /** True if an execution is to be recorded because the process that has asked for it records it. */
  admitsElsewhere(startMs: number): boolean {
    return this.#sampling.admitsElsewhere(startMs);
  }

  /** Records what was admitted; `parent` is the span of another process that has asked for it. */
  begin(
    identity: Identity,
    input: unknown,
    startMs: number,
    parent?: Pick<Span, "parent">,
  ): RecordedSpan {
    const [own, started] = [this.#own, this.#started];
    this.#own = undefined;
    const startedBy = own === undefined && started === undefined ? "app" : "inspector";
    const recording = this.#create(identity, startMs, startedBy, "full");
    if (own !== undefined) own.id = recording.start.id;
    started?.push(recording.start.id);
    // A new recording has room for its first span.
    const span = recording.begin({ ...identityOf(identity), ...parent }, input)!;
    this.changed(recording);
    this.active++;
    return span;
  }

  /** Records an execution below another one, if that is recorded and has room for it. */
  beginBelow(
    above: RecordedSpan | undefined,
    identity: Identity,
    input: unknown,
  ): RecordedSpan | undefined {
    if (above?.recording.state !== "running") return undefined;
    const { recording, span: { id: parent } } = above;
    recording.trace ||= identity.traceId;
    const span = recording.begin({ ...identityOf(identity), parent }, input);
    if (span !== undefined) this.active++;
    return span;
  }

  /** Runs what belongs to a span. */
  within<T>(urn: string, span: RecordedSpan, work: () => T): T {
    return this.#services.current.run({ urn, span }, work);
  }

  end(
    { recording, span }: RecordedSpan,
    ms: number,
    error: Failure | undefined,
    output: unknown,
  ): void {
    this.active--;
    recording.end(span, ms, error, output);
  }

  /** Ends the recording itself. */
  finish(recording: Recording, ms: number, error: Failure | undefined): void {
    recording.finish(ms, error);
    this.changed(recording);
  }

  /** Records a failure whose values are gone. */
  outline(identity: Identity, startMs: number, ms: number, error: DiglyError): void {
    if (!this.#sampling.admitsFailure()) return;
    const recording = this.#create(identity, startMs, "app", "outline");
    // A new recording has room for its first span.
    const { span } = recording.begin(identityOf(identity), undefined)!;
    recording.end(span, ms, error, undefined);
    this.finish(recording, ms, error);
  }

  /** Announces that a recording was added or has changed. */
  changed(recording: Recording): void {
    const { executions, onExecution } = this.#services;
    executions.put(recording);
    onExecution(recording.summary);
  }

  get #started(): string[] | undefined {
    return this.#requests === 0 ? undefined : this.#services.current.get()?.started;
  }

  #create(
    { spanId, traceId, urn }: Identity,
    startMs: number,
    startedBy: ExecutionSummary["startedBy"],
    detail: ExecutionSummary["detail"],
  ): Recording {
    const { now } = this.#services;
    const startedAt = new Date(Date.now() - (now() - startMs)).toISOString();
    const isRequest = traceId === "";
    const start = { id: spanId, trace: traceId, urn, startedAt, startedBy, detail, isRequest };
    return new Recording(start, startMs, this.#services);
  }
}

function identityOf(
  { spanId, urn }: Identity,
): { readonly id: string; readonly urn: string } {
  return { id: spanId, urn };
}
