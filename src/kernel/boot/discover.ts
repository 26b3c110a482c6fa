/**
 * The boot passes (docs/decisions.md#boot-passes): creates and initialises every resource after
 * those that it depends on, otherwise in load order, and retries those whose controller returned
 * null. A pass includes resources that are registered meanwhile, so that registering more does not
 * add passes. When all are initialised, they are started.
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { BOOT_PASSES } from "../../contract/limits.ts";
import type { ResourceInstance } from "../../contract/module.ts";
import { isThenable } from "../../contract/results.ts";
import { throwIfAborted } from "./abortable.ts";
import { type Bootable, createInstance, type CreateOptions } from "./create_instance.ts";
import { createInitQueue } from "./init_queue.ts";
import { formatUnclaimedResources } from "./unclaimed_resources.ts";
import { count } from "../step_log.ts";
import { type DependenciesOf, inDependencyOrder } from "./order.ts";
import { runStep } from "./steps.ts";

/** A resource that was created and initialised. */
export interface RunningResource<Entry extends Bootable = Bootable> {
  readonly entry: Entry;
  readonly instance: ResourceInstance;
}

/** Options of {@link bootResources}. */
export interface BootOptions<Entry extends Bootable> extends CreateOptions<Entry> {
  readonly dependenciesOf: DependenciesOf;
  readonly isInitialized: (urn: string) => boolean;
  /** True for kinds whose resources may be initialised together. */
  readonly initsConcurrently: (kind: string) => boolean;
  /** Takes the resources that controllers have registered since the last call. */
  readonly takeAdded: () => Promise<readonly Entry[]>;
  /** The URNs that a resource's controller has said it waits for, since the last call. */
  readonly takeWaits: (urn: string) => readonly string[];
  readonly exists: (urn: string) => boolean;
  /** Called when all are initialised, before the first one is started. */
  readonly onAllInitialized?: () => void;
  /** Called when a resource counts as initialised. */
  readonly onInitialized: (running: RunningResource<Entry>) => void;
}

/** Creates, initialises and starts `entries`. Throws the first error; the caller rolls back. */
export async function bootResources<Entry extends Bootable>(
  entries: readonly Entry[],
  options: BootOptions<Entry>,
): Promise<void> {
  const toStart: RunningResource<Entry>[] = [];
  const passOptions: BootOptions<Entry> = {
    ...options,
    onInitialized(running) {
      if (running.instance.start !== undefined) toStart.push(running);
      options.onInitialized(running);
    },
  };
  let pass = 0;
  // Copied, because resources that controllers add must be checked before they are created.
  let pending: readonly Entry[] = [...entries];
  while (pending.length > 0) {
    while (pending.length > 0) {
      pass++;
      options.logStep?.(`Boot pass ${pass}: ${count(pending.length, "resource")} to create`);
      const { waiting, handled } = await bootPass(pending, passOptions);
      if (waiting.length > 0 && (handled === 0 || pass >= BOOT_PASSES)) {
        throw neverReady(waiting, options.exists);
      }
      pending = waiting.map(({ entry }) => entry);
    }
    options.onAllInitialized?.();
    for (const { entry, instance } of toStart.splice(0)) {
      throwIfAborted(options.signal);
      options.onStep(entry, "start");
      await runStep("start", entry, instance, options);
    }
    // Resources may be registered in `start`, too.
    pending = await options.takeAdded();
  }
}

/** A resource that was not created in a pass, and what it waits for. */
interface Waiting<Entry extends Bootable> {
  readonly entry: Entry;
  readonly urns: readonly string[];
  /** True if its controller said so, and false if it was not asked yet. */
  readonly returnedNull: boolean;
}

/** Creates every pending resource, and those that controllers register meanwhile. */
async function bootPass<Entry extends Bootable>(
  pending: readonly Entry[],
  options: BootOptions<Entry>,
): Promise<{ readonly waiting: readonly Waiting<Entry>[]; readonly handled: number }> {
  const { dependenciesOf, isInitialized, initsConcurrently, onInitialized, onStep } = options;
  const waiting: Waiting<Entry>[] = [];
  let handled = 0;
  const together = createInitQueue<RunningResource<Entry>>({
    init: async ({ entry, instance }) => {
      if (instance.init !== undefined) await runStep("init", entry, instance, options);
    },
    onInitialized,
    onWait: ({ entry }) => onStep(entry, "init"),
  });

  function missingFor({ urn }: Entry): readonly string[] {
    const needed = dependenciesOf(urn);
    return needed.length === 0 ? needed : needed.filter((one) => !isInitialized(one));
  }

  /** Creates a resource; a promise comes back only if there is something to wait for. */
  function visit(entry: Entry): Promise<void> | undefined {
    const missing = missingFor(entry);
    const isConcurrent = initsConcurrently(entry.kind);
    if (!together.isEmpty && (!isConcurrent || missing.length > 0)) {
      return together.settle().then(() => visit(entry));
    }
    if (missing.length > 0) {
      postpone({ entry, urns: missing, returnedNull: false });
      return undefined;
    }
    const created = createInstance(entry, options);
    return isThenable(created)
      ? created.then((instance) => accept(entry, instance))
      : accept(entry, created);
  }

  function accept(entry: Entry, instance: ResourceInstance | null): Promise<void> | undefined {
    if (instance === null) {
      postpone({ entry, urns: options.takeWaits(entry.urn), returnedNull: true });
      return undefined;
    }
    handled++;
    if (instance.init !== undefined || !together.isEmpty) return initialise({ entry, instance });
    onInitialized({ entry, instance });
    return undefined;
  }

  async function initialise(running: RunningResource<Entry>): Promise<void> {
    const { entry, instance } = running;
    onStep(entry, "init");
    if (initsConcurrently(entry.kind)) return await together.add(running);
    await runStep("init", entry, instance, options);
    onInitialized(running);
  }

  function postpone(postponed: Waiting<Entry>): void {
    const { entry: { urn }, urns } = postponed;
    const what = urns.length === 0 ? "another resource" : urns.join(" and ");
    options.logStep?.(`${urn} waits for ${what} until the next pass`);
    waiting.push(postponed);
  }

  for (let round = pending; round.length > 0; round = await options.takeAdded()) {
    try {
      for (const entry of inDependencyOrder(round, dependenciesOf)) {
        // Also without a promise, so that work that controllers do not wait for can continue.
        await visit(entry);
      }
    } finally {
      // Also after a failure: what is being initialised must be torn down when it has ended.
      await together.settle();
    }
  }
  return { waiting, handled };
}

function neverReady(
  pending: readonly Waiting<Bootable>[],
  exists: BootOptions<Bootable>["exists"],
): DiglyError {
  const described = pending.map(({ entry: { urn, manifest }, urns, returnedNull }) => ({
    urn,
    reason: !returnedNull
      ? `it needs ${urns.join(" and ")}`
      : urns.length === 0
      ? "its controller kept returning null"
      : `its controller kept returning null, waiting for ${urns.join(" and ")}`,
    origin: manifest.originAt([]),
  }));
  const missing = pending.flatMap(({ urns }) => urns).find((urn) => !exists(urn));
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: formatUnclaimedResources(described),
    resources: described.map(({ urn }) => urn),
  }, {
    origin: described[0]?.origin,
    related: described.slice(1).map(({ urn, origin }) => ({ message: urn, origin })),
    help: missing === undefined
      ? "A controller that returns null waits for another resource, which never became ready"
      : `No resource is named ${missing}: add it, or correct the name`,
  });
}
