/**
 * Snapshots: what a kernel knows at one moment, as plain data without secrets.
 * Rules: specification §11.2, decisions D-29, D-32 and D-38.
 */
import { dump } from "js-yaml";
import { type DiglyError, fail, messageOf } from "../contract/errors.ts";
import type { ResourceInstance } from "../contract/module.ts";
import type { HostRuntime, Platform } from "../contract/platform.ts";
import type { RuntimeResource } from "../contract/resource.ts";
import { plain } from "./plain.ts";

/** One resource in a {@link Snapshot}. */
export interface ResourceSnapshot {
  readonly kind: string;
  readonly name: string;
  readonly metadata:
    & { readonly uri: string; readonly generationDepth: number }
    & Readonly<
      Record<string, unknown>
    >;
  /** True from the end of its `init` to its teardown. */
  readonly running: boolean;
  /** The resource's own fields. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What the instance's `snapshot()` gave. */
  readonly snapshot?: unknown;
  /** Why there is nothing from `snapshot()`. */
  readonly snapshotError?: string;
}

/** What a kernel knew at one moment. */
export interface Snapshot {
  /** ISO 8601. */
  readonly timestamp: string;
  /** Why it was taken. */
  readonly reason: string;
  /** What is missing, when it had to be taken in a hurry. */
  readonly incomplete?: string;
  /** The version of Digly. */
  readonly version: string;
  readonly runtime: { readonly name: string; readonly version: string };
  /** Where in its life the kernel was. */
  readonly state: string;
  /** Why the boot failed. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly modules: readonly { readonly name: string; readonly version?: string }[];
  readonly holds: readonly { readonly owner: string; readonly reason: string }[];
  /** URNs of the executions under way that were started from outside. */
  readonly executing: readonly string[];
  /** Those from files first, then those that templates generated, by depth. */
  readonly resources: readonly ResourceSnapshot[];
}

/** What a snapshot is made of. */
export interface SnapshotParts
  extends Pick<Snapshot, "reason" | "version" | "state" | "holds" | "executing"> {
  readonly runtime: HostRuntime;
  readonly error: DiglyError | undefined;
  readonly modules: readonly { readonly name: string; readonly version: string | undefined }[];
  /** In load order; the instance of those that run. */
  readonly resources: readonly {
    readonly resource: RuntimeResource;
    readonly instance: ResourceInstance | undefined;
  }[];
  readonly redact: <T>(value: T) => T;
}

/** What a resource says of itself, or why it does not. */
type Custom = Pick<ResourceSnapshot, "snapshot" | "snapshotError">;

/** A snapshot with what every resource says of itself, which takes `limitMs` at most. */
export async function takeSnapshot(parts: SnapshotParts, limitMs: number): Promise<Snapshot> {
  const timestamp = new Date().toISOString();
  const customs = parts.resources.map(({ instance }) => custom(instance, limitMs));
  // Everything else is of the moment the snapshot was asked for.
  const now = parts.redact(describe(parts, timestamp, undefined));
  const given = await Promise.all(customs);
  const resources = inOrder(parts, (_, index) => parts.redact(plain(given[index]) as Custom));
  return {
    ...now,
    resources: now.resources.map((resource, index) => ({ ...resource, ...resources[index] })),
  };
}

/** A snapshot made at once: `snapshot()` of no resource is called. */
export function snapshotNow(parts: SnapshotParts, incomplete: string): Snapshot {
  return parts.redact(describe(parts, new Date().toISOString(), incomplete));
}

/** Writes a snapshot as YAML. Throws `ERR_USAGE` where that is not possible. */
export function writeSnapshot(
  snapshot: Snapshot,
  path: string,
  { files, toUrl, toPath }: Platform,
): void {
  const url = toUrl(path);
  try {
    files.replace(url, dump(snapshot, { lineWidth: -1, noRefs: true }), "private");
  } catch (error) {
    throw fail("ERR_USAGE", {
      problem: `The snapshot cannot be written to ${toPath(url)}: ${messageOf(error)}`,
    }, { cause: error });
  }
}

function describe(
  parts: SnapshotParts,
  timestamp: string,
  incomplete: string | undefined,
): Snapshot {
  const { runtime, error, modules } = parts;
  return {
    timestamp,
    reason: parts.reason,
    ...(incomplete === undefined ? {} : { incomplete }),
    version: parts.version,
    runtime: { name: runtime.name, version: runtime.version },
    state: parts.state,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    modules: modules.map(({ name, version }) =>
      version === undefined ? { name } : { name, version }
    ),
    holds: parts.holds.map(({ owner, reason }) => ({ owner, reason })),
    executing: [...parts.executing],
    resources: inOrder(parts, ({ resource, instance }) => {
      const { kind, metadata: { name, ...metadata }, ...data } = plain(resource) as RuntimeResource;
      return { kind, name, metadata, running: instance !== undefined, data };
    }),
  };
}

/** What `make` gives for each resource, by generation depth, in load order within one. */
function inOrder<T>(
  { resources }: SnapshotParts,
  make: (resource: SnapshotParts["resources"][number], index: number) => T,
): T[] {
  return resources
    .map((part, index) => ({
      depth: part.resource.metadata.generationDepth,
      made: make(part, index),
    }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ made }) => made);
}

async function custom(instance: ResourceInstance | undefined, limitMs: number): Promise<Custom> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    if (instance?.snapshot === undefined) return {};
    const late = new Promise<Custom>((resolve) => {
      timer = setTimeout(
        () => resolve({ snapshotError: `snapshot() did not end within ${limitMs / 1000} s` }),
        limitMs,
      );
    });
    const given = Promise.resolve(instance.snapshot());
    return await Promise.race([given.then((snapshot): Custom => ({ snapshot })), late]);
  } catch (error) {
    return { snapshotError: `snapshot() failed: ${messageOf(error)}` };
  } finally {
    clearTimeout(timer);
  }
}
