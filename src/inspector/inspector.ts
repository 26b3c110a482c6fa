/**
 * The inspector of a process: observes the app that runs in it, also across reloads and restarts, and
 * serves what it knows.
 */
import type { LogSink } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Probe, ReloadOutcome } from "../kernel/probe.ts";
import { RestartRequired } from "../kernel/reload/restart_required.ts";
import { VERSION } from "../version.ts";
import { createToken } from "./access.ts";
import type { AppView, ReloadItem } from "./api.ts";
import { describeError } from "./errors.ts";
import { type AppFiles, createAppFiles } from "./app_files.ts";
import { Executions, MOST_EXECUTIONS } from "./executions.ts";
import { clusterEvent, History, MOST_EVENTS, MOST_LOGS, MOST_RELOADS } from "./history.ts";
import type { InspectedApp } from "./inspected_app.ts";
import { Pages } from "./pages.ts";
import { createPlaces } from "./places.ts";
import { Recorder } from "./recorder.ts";
import type { Recording } from "./recording.ts";
import type { Flow } from "./recordings.ts";
import { RemoteRecordings } from "./remote_recordings.ts";
import { RemoteSpans } from "./remote_spans.ts";
import { Run } from "./running.ts";
import { shareRecordings } from "./shared_recordings.ts";
import { type HttpAdapter, type PageFile, startServer } from "./server.ts";
import { serversOf } from "./servers.ts";

/** How often pages hear of changed states and of rates, in milliseconds. */
const STATES_MS = 100;
const RATES_MS = 1_000;

/** Options of the inspector. */
export interface InspectorOptions {
  readonly platform: Platform;
  readonly adapter: HttpAdapter;
  /** 0 takes a free one. */
  readonly port: number;
  /** That of an inspector before this one, whose page continues; a new one by default. */
  readonly token?: string | undefined;
  /** What the user has typed to run the app. */
  readonly path: string;
  readonly roles?: readonly string[] | undefined;
  readonly pageFile: (path: string) => Promise<PageFile | undefined>;
  readonly warn: (message: string) => void;
  /** Milliseconds of a clock that only goes forward; for tests. */
  readonly now?: () => number;
}

/** An inspector that listens. */
export interface Inspector {
  /** With the token. */
  readonly address: string;
  readonly port: number;
  readonly token: string;
  /** For the options of a kernel that is to be inspected. */
  readonly probe: Probe;
  /** Receives the log lines of the kernel, redacted, as `next` does. */
  tee(next: LogSink | undefined): LogSink;
  /** Begins to inspect a kernel instead of the one before. */
  attach(kernel: Kernel): void;
  close(): Promise<void>;
}

/** Starts an inspector. */
export async function startInspector(options: InspectorOptions): Promise<Inspector> {
  const { platform, adapter, port, path, roles, pageFile, warn } = options;
  const now = options.now ?? (() => performance.now());
  const token = options.token ?? createToken();
  const places = createPlaces(platform.toPath(platform.cwd()));
  const executions = new Executions();
  let run: Run | undefined;
  let generation = 0;
  const redact = <T>(value: T): T => run === undefined ? value : run.kernel.redact(value);
  let timers: ReturnType<typeof setInterval>[] = [];
  const changedStates = new Set<string>();
  let node: string | undefined;
  const pages = new Pages(() => {
    history.demands++;
    updateTimers();
    followCluster();
  });
  const isWatched = () => pages.count > 0;

  const history = new History({
    redact,
    now,
    isWatched,
    wantsEvents: () => pages.reads("events"),
    onEvent: (item) => pages.publish("events", item),
    onLog: (item) => pages.publish("logs", item),
    onRecord: ({ event, resource }) => {
      if (run === undefined) return;
      if (event === "Runtime.Started") {
        run.startedAt ??= new Date().toISOString();
        void run.kernel.cluster?.status().then(({ self }) => node = self, () => {});
        followCluster();
      }
      if (!isWatched()) return;
      if (resource !== undefined) changedStates.add(resource);
      if (event.startsWith("Runtime.")) publishApp();
    },
  });
  const recorder = new Recorder({
    redact,
    now,
    places,
    executions,
    current: platform.asyncVariable<Flow>(),
    isWatched,
    onExecution: (summary) => pages.publish("executions", summary),
    onState: (urn) => changedStates.add(urn),
  });

  const remoteSpans = new RemoteSpans({
    executions,
    self: () => node,
    onChange: (recording) => recorder.recordings.changed(recording),
    onEvent(record) {
      if (pages.reads("cluster")) pages.publish("cluster", clusterEvent(record, redact));
    },
  });

  const remoteRecordings = new RemoteRecordings();

  /** What other processes do is followed for its readers only, since they report it as events. */
  function followCluster(): void {
    const isRead = pages.reads("executions") || pages.reads("cluster");
    remoteSpans.follow(isRead ? run?.kernel.cluster : undefined);
  }

  function describeApp(): AppView {
    const kernel = run?.kernel;
    const manifest = kernel === undefined || kernel.phase === "empty"
      ? undefined
      : kernel.inspect().manifest;
    const failure = kernel?.failure;
    const inspectable = inspected();
    return redact({
      name: manifest?.name ?? path,
      ...(manifest?.version === undefined ? {} : { version: manifest.version }),
      digly: VERSION,
      host: { name: platform.runtime.name, version: platform.runtime.version },
      state: run?.state ?? "loading",
      ...(failure === undefined ? {} : { error: describeError(failure, redact, places) }),
      ...(run?.startedAt === undefined ? {} : { startedAt: run.startedAt }),
      generation,
      ...(roles === undefined || roles.length === 0 ? {} : { roles }),
      ...(node === undefined ? {} : { node }),
      pages: pages.count,
      servers: inspectable === undefined ? [] : serversOf(inspectable),
      holds: kernel?.reasons.holds.map(({ owner, reason }) => ({ owner, reason })) ?? [],
      capacity: {
        events: MOST_EVENTS,
        logs: MOST_LOGS,
        executions: MOST_EXECUTIONS,
        reloads: MOST_RELOADS,
      },
    });
  }

  function publishApp(): void {
    if (isWatched()) pages.publish("app", describeApp());
  }

  /** Nothing is measured for nobody. */
  function updateTimers(): void {
    if (isWatched() === timers.length > 0) return;
    for (const timer of timers) clearInterval(timer);
    timers = isWatched()
      ? [setInterval(publishStates, STATES_MS), setInterval(publishRates, RATES_MS)]
      : [];
    changedStates.clear();
  }

  function publishStates(): void {
    if (changedStates.size === 0 || run === undefined) return;
    const stateOf = run.states();
    const items = [...changedStates].map((urn) => ({ urn, ...stateOf(urn) }));
    changedStates.clear();
    pages.publish("states", { generation, items });
  }

  function publishRates(): void {
    if (run === undefined || !pages.reads("rates")) return;
    const at = now();
    const resources = [];
    const edges = [];
    for (const [urn, { counter, callers }] of recorder.stats.all()) {
      if (!counter.isActive(at)) continue;
      resources.push({ urn, activity: counter.read(at) });
      for (const [from, calls] of callers) {
        if (calls.isActive(at)) edges.push({ from, to: urn, activity: calls.read(at) });
      }
    }
    pages.publish("rates", { resources, edges });
  }

  function addReload(item: Omit<ReloadItem, "seq">): void {
    pages.publish("reloads", history.reloads.add(item));
    publishApp();
  }

  function beginReload(): (outcome: ReloadOutcome) => void {
    const began = now();
    const at = new Date().toISOString();
    if (run !== undefined) run.isReloading = true;
    publishApp();
    return (outcome) => {
      if (run !== undefined) run.isReloading = false;
      const ms = Math.round((now() - began) * 1_000) / 1_000;
      if ("error" in outcome) {
        const { error } = outcome;
        const isRestart = error instanceof RestartRequired;
        addReload({
          at,
          ms,
          outcome: isRestart ? "restart" : "failed",
          generation,
          changed: [],
          added: [],
          removed: [],
          error: describeError(error, redact, places),
        });
        return;
      }
      generation++;
      recorder.stats.retain((urn) => run?.entry(urn) !== undefined);
      const sorted = (urns: readonly string[]) => [...urns].sort();
      addReload({
        at,
        ms,
        outcome: "reloaded",
        generation,
        changed: sorted(outcome.changed),
        added: sorted(outcome.added),
        removed: sorted(outcome.removed),
      });
    };
  }

  function inspected(): InspectedApp | undefined {
    if (run === undefined || !run.isLoaded) return undefined;
    const { cluster } = run.kernel;
    const remote = {
      cluster,
      files: appFiles(run),
      onChange: (recording: Recording) => recorder.recordings.changed(recording),
    };
    return {
      run,
      recorder,
      executions,
      history,
      places,
      platform,
      redact,
      now,
      path,
      completeRecording: (recording) => remoteRecordings.complete(recording, remote),
    };
  }

  function appFiles({ kernel }: Run): AppFiles {
    return createAppFiles(kernel.inspect().manifest.url, platform, places);
  }

  const server = await startServer({
    adapter,
    port,
    token,
    app: inspected,
    describeApp,
    pages,
    pageFile,
    warn,
  });

  return {
    address: `http://127.0.0.1:${server.port}/?token=${token}`,
    port: server.port,
    token,
    probe: {
      execution: (ctx, input) => recorder.execution(ctx, input),
      work: recorder.work,
      expressions: recorder.expressions,
      events: history.tap,
      step(urn, step) {
        run?.step(urn, step);
        if (isWatched()) changedStates.add(urn);
      },
      reload: beginReload,
      recordings: (traceId) =>
        run?.isLoaded ? shareRecordings(executions, traceId, appFiles(run)) : undefined,
    },
    tee: (next) => (record) => {
      next?.(record);
      history.log(record);
    },
    attach(kernel) {
      generation++;
      remoteSpans.follow(undefined);
      run = new Run(kernel, recorder, places);
      publishApp();
    },
    async close() {
      publishApp();
      remoteSpans.follow(undefined);
      pages.close();
      updateTimers();
      for (const timer of timers) clearInterval(timer);
      await server.close();
    },
  };
}
