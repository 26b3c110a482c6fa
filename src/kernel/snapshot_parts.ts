/** What a snapshot shows of a kernel. */
import type { DiglyError } from "../contract/errors.ts";
import type { SnapshotParts } from "../observe/snapshot.ts";
import { VERSION } from "../version.ts";
import type { KernelParts } from "./parts.ts";
import type { KernelState } from "./state.ts";

/** What only the kernel knows. */
interface Circumstances {
  /** Why the snapshot is taken. */
  readonly reason: string;
  /** Why loading or booting failed. */
  readonly error: DiglyError | undefined;
  /** URNs of the executions in progress. */
  readonly executing: readonly string[];
}

/** The parts of a snapshot. */
export function snapshotPartsOf(
  { phase, app, running }: KernelState,
  { holds, options, readMetrics, redaction, registered }: KernelParts,
  { reason, error, executing }: Circumstances,
): SnapshotParts {
  const modules = new Map<string, string | undefined>();
  for (const { name, version } of [...app?.modules ?? [], ...registered]) {
    modules.set(name, version);
  }
  return {
    reason,
    version: VERSION,
    runtime: options.platform.runtime,
    state: phase,
    error,
    modules: Array.from(modules, ([name, version]) => ({ name, version })),
    holds: holds.active(),
    executing,
    // One that another process has asked for is only about this one.
    nodes: reason === "cluster" || phase !== "started"
      ? undefined
      : async () => await running.remote?.snapshots(),
    metrics: readMetrics(),
    resources: (app?.entries() ?? []).map(({ urn, resource }) => ({
      resource,
      needs: (app?.dependenciesOf(urn) ?? []).map((dependency) => dependency.urn),
      instance: running?.instance(urn),
    })),
    redact: (value) => redaction.value(value),
  };
}
