/** The instances of a running app and, during a reload, those that take the place of others. */
import type { ResourceInstance } from "../contract/module.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { RunningResource } from "./boot/discover.ts";

/** An instance that was initialised. */
export interface Running extends RunningResource<RegistryEntry> {
  /** When the boot or reload that created it began, in milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A reload that has begun. */
interface Replacement {
  /** The instances as they were. */
  readonly previous: ReadonlyMap<string, Running>;
  /** URNs of the resources whose instances are replaced or removed. */
  readonly replaced: ReadonlySet<string>;
  readonly next: Map<string, Running>;
  isCommitted: boolean;
}

/** Instances by URN, in the order of their creation. */
export class Instances {
  #running = new Map<string, Running>();
  #replacement: Replacement | undefined;

  all(): readonly Running[] {
    return [...this.#running.values()];
  }

  /** The instance that other resources may use: during a reload, the one that was created by it. */
  get(urn: string): ResourceInstance | undefined {
    const replacement = this.#replacement;
    if (replacement === undefined || replacement.isCommitted) {
      return this.#running.get(urn)?.instance;
    }
    const { next, replaced } = replacement;
    return (next.get(urn) ?? (replaced.has(urn) ? undefined : this.#running.get(urn)))?.instance;
  }

  /** The instance that executions reach: the previous one until the reload takes effect. */
  executing(urn: string): ResourceInstance | undefined {
    return (this.#running.get(urn) ?? this.#replacement?.next.get(urn))?.instance;
  }

  /** When the instance of a resource was created. */
  createdAt(urn: string): number | undefined {
    return this.#running.get(urn)?.createdAt;
  }

  add(running: Running): void {
    const { urn } = running.entry;
    this.#replacement?.next.set(urn, running);
    if (this.#replacement?.isCommitted !== false) this.#running.set(urn, running);
  }

  /** Removes an instance, unless another one has taken its place. */
  remove(urn: string, instance: ResourceInstance): void {
    if (this.#running.get(urn)?.instance === instance) this.#running.delete(urn);
  }

  /** Begins a reload. Instances that are added from now on take the place of others. */
  beginReload(replaced: ReadonlySet<string>): void {
    this.#replacement = { previous: this.#running, replaced, next: new Map(), isCommitted: false };
  }

  /** Lets executions reach the new instances; `entryOf` gives the entry of one that is kept. */
  commit(entryOf: (urn: string) => RegistryEntry): void {
    // Only a reload that has begun is committed, ended or aborted.
    const replacement = this.#replacement!;
    const kept = [...this.#running].filter(([urn]) => !replacement.replaced.has(urn));
    this.#running = new Map([
      ...kept.map(([urn, running]) => [urn, { ...running, entry: entryOf(urn) }] as const),
      ...replacement.next,
    ]);
    replacement.isCommitted = true;
  }

  /** Ends the reload; returns the instances that others have replaced, in their order. */
  endReload(): readonly Running[] {
    // As in `commit`, a reload has begun.
    const { previous } = this.#replacement!;
    this.#replacement = undefined;
    return withoutThoseOf(previous, this.#running);
  }

  /** Ends a reload that has failed; returns the instances that it has created, in their order. */
  abortReload(): readonly Running[] {
    // As in `commit`, a reload has begun.
    const { previous, next } = this.#replacement!;
    this.#running = new Map(previous);
    this.#replacement = undefined;
    return withoutThoseOf(next, this.#running);
  }
}

/** The instances of `all` that `others` does not have. */
function withoutThoseOf(
  all: ReadonlyMap<string, Running>,
  others: ReadonlyMap<string, Running>,
): Running[] {
  return [...all.values()].filter(({ entry: { urn }, instance }) =>
    others.get(urn)?.instance !== instance
  );
}
