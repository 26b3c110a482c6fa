/** One run of the app in this process: its kernel, and what is known of its resources. */
import { formatUrn } from "../contract/urn.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { ActivityCounter } from "./activity.ts";
import { noActivity } from "./activity.ts";
import type { AppState, Edge, ResourceState, ResourceSummary } from "./api.ts";
import type { Places } from "./places.ts";
import type { Recorder } from "./recorder.ts";

/** What does not change while a version of the app runs. */
type Fixed = Omit<ResourceSummary, "activity" | "executing" | "holds" | "state">;

/** A connection without its activity. */
type FixedEdge = Omit<Edge, "activity">;

interface FixedApp {
  readonly resources: readonly Fixed[];
  readonly byUrn: ReadonlyMap<string, Fixed>;
  readonly edges: readonly FixedEdge[];
}

/** A run of the app. */
export class Run {
  readonly kernel: Kernel;
  readonly #recorder: Recorder;
  readonly #places: Places;
  /** The last step of each resource's boot. */
  readonly #steps = new Map<string, string>();
  #fixed: FixedApp | undefined;
  /** The resources that were described; a controller may register more. */
  #described = "";
  startedAt: string | undefined;
  isReloading = false;

  constructor(kernel: Kernel, recorder: Recorder, places: Places) {
    this.kernel = kernel;
    this.#recorder = recorder;
    this.#places = places;
  }

  /** Notes a step of a resource's boot. */
  step(urn: string, step: string): void {
    this.#steps.set(urn, step);
  }

  get state(): AppState {
    const { phase, failure } = this.kernel;
    if (failure !== undefined) return phase === "stopping" ? "stopping" : "failed";
    if (phase === "empty" || phase === "loaded") return "loading";
    return phase === "started" && this.isReloading ? "reloading" : phase;
  }

  /** True once the app is loaded. */
  get isLoaded(): boolean {
    return this.kernel.phase !== "empty";
  }

  entry(urn: string): RegistryEntry | undefined {
    return this.isLoaded ? this.kernel.inspect().entry(urn) : undefined;
  }

  /** Everything about the resources that does not change with each execution. */
  async describe(): Promise<FixedApp> {
    if (!this.isLoaded) return { resources: [], byUrn: new Map(), edges: [] };
    const version = this.kernel.inspect().view.revision();
    if (this.#fixed === undefined || this.#described !== `${version} ${this.kernel.phase}`) {
      this.#described = `${version} ${this.kernel.phase}`;
      this.#fixed = await this.#describe();
    }
    return this.#fixed;
  }

  async #describe(): Promise<FixedApp> {
    const app = this.kernel.inspect();
    const { connections } = await app.graph();
    const edges = new Map<string, FixedEdge>();
    const templates = new Map<string, string>();
    for (const { from, to, why, field } of connections) {
      const key = `${from}\n${to}`;
      const { reasons = [], fields = [] } = edges.get(key) ?? {};
      edges.set(key, {
        from,
        to,
        reasons: [...new Set([...reasons, why])],
        fields: field === "" || fields.includes(field) ? fields : [...fields, field],
      });
      if (why === "instance of") templates.set(from, to);
    }
    const resources = app.entries().map((entry) => this.#describeEntry(entry, templates));
    return {
      resources,
      byUrn: new Map(resources.map((one) => [one.urn, one])),
      edges: [...edges.values()],
    };
  }

  #describeEntry(
    { urn, kind, name, manifest }: RegistryEntry,
    templates: ReadonlyMap<string, string>,
  ): Fixed {
    const { inline } = manifest;
    const template = templates.get(urn);
    return {
      urn,
      kind,
      name,
      module: this.kernel.inspect().kinds.moduleOf(kind).name,
      ...this.#places.of(manifest.originAt([])),
      isExecutable: this.kernel.isExecutable(urn),
      ...(inline === undefined ? {} : { parent: formatUrn(inline.owner.kind, inline.owner.name) }),
      ...(template === undefined ? {} : { instanceOf: template }),
    };
  }

  /** Completes descriptions with what is true at the moment. */
  live(nowMs: number): (resource: Fixed) => ResourceSummary {
    const stateOf = this.states();
    return (resource) => {
      const stats = this.#recorder.stats.all().get(resource.urn);
      return {
        ...resource,
        ...stateOf(resource.urn),
        activity: stats?.counter.read(nowMs) ?? noActivity(),
      };
    };
  }

  /** The state of resources at the moment. */
  states(): (urn: string) => Pick<ResourceSummary, "executing" | "holds" | "state"> {
    const { holds, unready } = this.kernel.reasons;
    const failed = new Set(unready.map(({ owner }) => owner));
    const { urn: failedUrn } = (this.kernel.failure?.details ?? {}) as { urn?: string };
    if (failedUrn !== undefined) failed.add(failedUrn);
    const byOwner = new Map<string, string[]>();
    for (const { owner, reason } of holds) {
      byOwner.set(owner, [...byOwner.get(owner) ?? [], reason]);
    }
    return (urn) => {
      const executing = this.#recorder.stats.all().get(urn)?.executing ?? 0;
      return {
        state: failed.has(urn) ? "failed" : this.#stateOf(urn, executing),
        executing,
        holds: byOwner.get(urn) ?? [],
      };
    };
  }

  #stateOf(urn: string, executing: number): ResourceState {
    const { phase } = this.kernel;
    const isInitialized = this.kernel.isInitialized(urn);
    if (phase === "stopping") return isInitialized ? "draining" : "stopped";
    if (phase === "stopped") return "stopped";
    if (isInitialized) return executing > 0 ? "executing" : "initialised";
    return this.#steps.get(urn) === "init" ? "created" : "registered";
  }

  /** The connections with their activity, those included that only executions have shown. */
  async edges(nowMs: number): Promise<Edge[]> {
    const { edges, byUrn } = await this.describe();
    const counters = this.callers();
    const keys = new Set(edges.map(({ from, to }) => `${from}\n${to}`));
    const shown: FixedEdge[] = [];
    for (const [to, callers] of counters) {
      for (const from of callers.keys()) {
        if (keys.has(`${from}\n${to}`) || !byUrn.has(from) || !byUrn.has(to)) continue;
        shown.push({ from, to, reasons: ["execution"], fields: [] });
      }
    }
    return [...edges, ...shown].map((edge) => {
      const counter = counters.get(edge.to)?.get(edge.from);
      const isCalled = counter !== undefined && !edge.reasons.includes("execution");
      return {
        ...edge,
        reasons: isCalled ? [...edge.reasons, "execution"] : edge.reasons,
        activity: counter?.read(nowMs) ?? noActivity(),
      };
    });
  }

  /** The executions of each resource by others. */
  callers(): ReadonlyMap<string, ReadonlyMap<string, ActivityCounter>> {
    const all = new Map<string, ReadonlyMap<string, ActivityCounter>>();
    for (const [urn, { callers }] of this.#recorder.stats.all()) {
      if (callers.size > 0) all.set(urn, callers);
    }
    return all;
  }
}
