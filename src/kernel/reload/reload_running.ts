/**
 * A reload: everything that the next version needs is created beside what runs, then executions and
 * servers change over, and only then what was replaced is drained and torn down. A failure before
 * that leaves the previous version as it was.
 */
import type { DiglyError } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { RegistryEntry } from "../../load/registry/registry.ts";
import type { Instances, Running } from "../instances.ts";
import type { LoadedApp } from "../loaded_app.ts";
import type { KernelParts } from "../parts.ts";
import type { Dispatcher, InProgress } from "../run/dispatch.ts";
import type { BootChoices, Registration, TakeOver } from "./boot_choices.ts";
import { type PlannedApp, planReload, type ReloadPlan } from "./plan.ts";
import type { ReadLog } from "./reads.ts";
import type { Reloaded } from "./summary.ts";
import type { Retained } from "./retained.ts";
import { RestartRequired } from "./restart_required.ts";
import { isSame, isSameKind, isSameResource } from "./same.ts";

/** What a reload works with. */
export interface Reloading {
  readonly previous: LoadedApp;
  readonly next: LoadedApp;
  readonly parts: KernelParts;
  readonly instances: Instances;
  readonly reads: ReadLog;
  readonly retained: Retained;
  /** What controllers have registered, which changes with the reload. */
  readonly registrations: Registration[];
  readonly dispatcher: Dispatcher;
  /** Makes a version the current one. */
  readonly use: (app: LoadedApp, isBooting: boolean) => void;
  readonly startControllers: (
    kinds: Iterable<string>,
    entries: ReadonlyMap<string, ControllerEntry>,
  ) => Promise<void>;
  readonly bootResources: (
    entries: readonly RegistryEntry[],
    choices: BootChoices,
  ) => Promise<void>;
  /** Called when executions reach the new instances. */
  readonly onCommit: () => void;
  /** Drains and tears down instances. */
  readonly stop: (running: readonly Running[], executions: InProgress) => Promise<DiglyError[]>;
  /** Called with the work of tearing down what was replaced. */
  readonly retire: (work: Promise<void>) => void;
}

const NO_EXECUTIONS: InProgress = { active: () => [], ended: () => Promise.resolve() };

/** Changes a running app to its next version. Throws what went wrong, or {@link RestartRequired}. */
export async function reloadRunning(reloading: Reloading): Promise<Reloaded> {
  const { previous, next, parts, instances, retained, registrations, use } = reloading;
  const createdAt = Date.now();
  const chosen = await next.checks.chosenEntries();
  await carryControllers(reloading, chosen);
  const registered = [...registrations];
  const plan = await planWithRegistrations(reloading);
  const replaced = new Set([...plan.changed, ...plan.dependent, ...plan.removed]);
  const takenOver = takeOvers(reloading, plan);

  for (const entry of next.entries()) {
    const { urn } = entry;
    if (plan.added.has(urn) || plan.changed.has(urn)) continue;
    // What is neither added nor changed is in both apps.
    next.keep(urn, previous.entry(urn)!.resource);
  }
  retained.retain([...replaced].filter((urn) => !takenOver.has(urn)));
  instances.beginReload(replaced);
  use(next, true);
  const toBoot = next.local.entries().filter(({ urn }) =>
    plan.added.has(urn) || plan.changed.has(urn) || plan.dependent.has(urn)
  );
  try {
    const isNew = (kind: string) => next.controller(kind) === undefined;
    const kinds = [...next.local.kinds()].filter(isNew);
    await reloading.startControllers(kinds, new Map([...chosen].filter(([kind]) => isNew(kind))));
    await reloading.bootResources(toBoot, {
      createdAt,
      takenOver,
      onAllInitialized: commitOnce(reloading),
    });
  } catch (error) {
    const created = instances.abortReload();
    // Also those whose instances were not initialised, which may have subscribed before that.
    const owners = [...toBoot, ...created.map(({ entry }) => entry)].map(({ urn }) => urn);
    for (const urn of owners) if (!takenOver.has(urn)) retained.end(urn);
    retained.release();
    registrations.splice(0, registrations.length, ...registered);
    use(previous, false);
    await restore(reloading, takenOver.keys());
    await reloading.stop(created, NO_EXECUTIONS);
    throw error;
  }
  const executions = reloading.dispatcher.inProgress();
  retained.endRetained();
  use(next, false);
  const created = new Set(
    instances.all().filter((one) => one.createdAt === createdAt).map(({ entry }) => entry.urn)
      .filter((urn) => !takenOver.has(urn)),
  );
  parts.bus.emitTo(created, "Runtime.Started", undefined);
  reloading.retire(retire(reloading, instances.endReload(), executions));
  const summary = {
    changed: plan.changed.size,
    added: plan.added.size,
    removed: plan.removed.size,
  };
  void parts.bus.emitKernel("Runtime.Reloaded", summary);
  return {
    ...summary,
    urns: { changed: [...plan.changed], added: [...plan.added], removed: [...plan.removed] },
  };
}

/** The controllers of the version before that serve the same kinds. */
async function carryControllers(
  { previous, next, parts }: Reloading,
  chosen: ReadonlyMap<string, ControllerEntry>,
): Promise<void> {
  const kept = new Map([...next.local.kinds()].flatMap((kind) => {
    const controller = previous.controller(kind);
    const isServed = chosen.has(kind) || next.kinds.get(kind)?.implementation.type === "code";
    return controller === undefined || !isServed ? [] : [[kind, controller] as const];
  }));
  for (const [kind, entry] of chosen) {
    const before = kept.get(kind);
    if (before === undefined) continue;
    const after = await parts.loader.load(entry);
    if (before === after) continue;
    if (before.register !== undefined || after.register !== undefined) {
      throw new RestartRequired(
        `the controller of ${kind} has changed, which exports \`register\``,
        "app",
      );
    }
    kept.delete(kind);
  }
  next.addControllers(kept);
}

/** The plan, with the resources that controllers have registered which are not created anew. */
async function planWithRegistrations(reloading: Reloading): Promise<ReloadPlan> {
  const { previous, next, registrations } = reloading;
  if (registrations.length === 0) return planOf(reloading, previous.local.entries());
  const registered = new Set(registrations.flatMap(({ urns }) => urns));
  const written = previous.local.entries().filter(({ urn }) => !registered.has(urn));
  const { removed, changed, dependent } = planOf(reloading, written);
  const kept = registrations.filter(({ creator }) =>
    ![removed, changed, dependent].some((urns) => urns.has(creator))
  );
  registrations.splice(0, registrations.length, ...kept);
  // The creators of these registrations are in the next app.
  const added = kept.flatMap(({ manifest, creator }) => next.add(manifest, next.entry(creator)!));
  await next.checks.verifyEntries(added);
  return planOf(reloading, previous.local.entries());
}

function planOf(
  { previous, next, parts, instances, reads }: Reloading,
  before: readonly RegistryEntry[],
): ReloadPlan {
  const sameKinds = new Map<string, boolean>();
  const hasSameLimits = isSame(previous.limits, next.limits);

  function isSameKindIn(kind: string): boolean {
    let same = sameKinds.get(kind);
    if (same === undefined) {
      same = previous.controller(kind) === next.controller(kind) &&
        next.kinds.withBases(kind).every((name) =>
          isSameKind(previous.kinds.get(name), next.kinds.get(name))
        );
      sameKinds.set(kind, same);
    }
    return same;
  }

  function isSameEntry(urn: string): boolean {
    // Only resources that both apps have are compared.
    const [one, other] = [previous.entry(urn)!, next.entry(urn)!];
    if (!hasSameLimits || !isSameResource(one, other) || !isSameKindIn(one.kind)) return false;
    const createdAt = instances.createdAt(urn);
    if (createdAt === undefined) return true;
    const imported = parts.platform.imported?.times();
    const isOlder = (url: string) =>
      parts.loader.forgottenAt(url) > createdAt ||
      (imported?.has(url) !== true && next.files.changedElsewhere(url) > createdAt);
    return !next.files.modulesOf(other).some(isOlder) &&
      next.files.dataChangedAt(other) <= createdAt;
  }

  function hasRead(urn: string, other: string): boolean {
    if (reads.hasAsked(urn, other)) return true;
    const kinds = reads.kindsOf(urn);
    if (kinds.size === 0) return false;
    const [one, another] = [previous.entry(other), next.entry(other)];
    // It is in one of the two apps.
    const { kind } = (another ?? one)!;
    const app = another === undefined ? previous : next;
    if (![...kinds].some((listed) => listed === "*" || app.kinds.isA(kind, listed))) return false;
    if (one === undefined || another === undefined) return true;
    // A module sees only the names and metadata of resources that it does not serve.
    // The reader is in the next app.
    return app.kinds.moduleOf(kind).name === app.kinds.moduleOf(next.entry(urn)!.kind).name ||
      !isSame(one.resource.metadata, another.resource.metadata);
  }

  return planReload({
    previous: plannedOf(previous, before),
    next: plannedOf(next, next.local.entries()),
    isSame: isSameEntry,
    hasRead,
  });
}

function plannedOf(app: LoadedApp, entries: readonly RegistryEntry[]): PlannedApp {
  return {
    urns: entries.map(({ urn }) => urn),
    dependenciesOf: (urn) => app.dependenciesOf(urn).map((dependency) => dependency.urn),
  };
}

/** The instances that can take over their changed resource, such as a server with other routes. */
function takeOvers(
  { next, instances }: Reloading,
  { changed, dependent }: ReloadPlan,
): ReadonlyMap<string, TakeOver> {
  const takenOver = new Map<string, TakeOver>();
  for (const urn of [...changed, ...dependent]) {
    // Changed resources are in both apps.
    const takeOver = instances.executing(urn)?.reload?.(next.entry(urn)!.resource);
    if (takeOver !== undefined) takenOver.set(urn, takeOver);
  }
  return takenOver;
}

/** Lets instances that have taken over a changed resource take back the one before. */
async function restore(
  { previous, instances }: Reloading,
  urns: Iterable<string>,
): Promise<void> {
  for (const urn of urns) {
    // Changed resources are in both apps.
    await instances.executing(urn)?.reload?.(previous.entry(urn)!.resource)?.();
  }
}

/** Resources may be registered in `start`, so that there is more than one round of starts. */
function commitOnce({ instances, next, onCommit }: Reloading): () => void {
  let isCommitted = false;
  return () => {
    if (isCommitted) return;
    isCommitted = true;
    // Instances are kept only of resources that the next app has.
    instances.commit((urn) => next.entry(urn)!);
    onCommit();
  };
}

/** Drains and tears down what was replaced; executions that had begun may end before that. */
async function retire(
  { stop, parts }: Reloading,
  replaced: readonly Running[],
  executions: InProgress,
): Promise<void> {
  for (const error of await stop(replaced, executions)) {
    parts.logMessage("error", error.message);
  }
}
