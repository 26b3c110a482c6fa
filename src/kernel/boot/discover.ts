/**
 * The boot passes (docs/decisions.md#boot-passes): creates and initialises every resource after
 * those that it depends on, otherwise in load order, and retries those whose controller returned
 * null. A pass includes resources that are registered meanwhile, so that registering more does not
 * add passes. When all are initialised, they are started.
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { BOOT_PASSES } from "../../contract/limits.ts";
import type { ModuleCreateContext } from "../../contract/contexts.ts";
import type { Controller, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { isThenable } from "../../contract/results.ts";
import { untilAborted } from "./abortable.ts";
import { createInitQueue } from "./init_queue.ts";
import { instanceProblem, type MisspeltMember, misspeltMember } from "./instances.ts";
import { formatUnclaimedResources } from "./unclaimed_resources.ts";
import { count, since } from "../step_log.ts";
import { type DependenciesOf, inDependencyOrder } from "./order.ts";
import { stepFailed } from "./step_failed.ts";
import { runStep, type StepOptions } from "./steps.ts";

/** A resource to boot. */
export interface Bootable {
  readonly urn: string;
  readonly kind: string;
  readonly resource: RuntimeResource;
  readonly manifest: Located;
}

/** A resource that was created and initialised. */
export interface RunningResource<Entry extends Bootable = Bootable> {
  readonly entry: Entry;
  readonly instance: ResourceInstance;
}

/** Options of {@link bootResources}. */
export interface BootOptions<Entry extends Bootable> extends StepOptions {
  /** The controller of a resource; `undefined` for inert resources. */
  readonly controllerOf: (entry: Entry) => Controller | undefined;
  readonly contextOf: (entry: Entry) => ModuleCreateContext;
  readonly dependenciesOf: DependenciesOf;
  readonly isInitialized: (urn: string) => boolean;
  /** True for kinds whose resources may be initialised together. */
  readonly initsConcurrently: (kind: string) => boolean;
  /** Called before every `create`, `init` and `start`. */
  readonly onStep: (entry: Entry, step: string) => void;
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
    const created = create(entry, options);
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

function create<Entry extends Bootable>(
  entry: Entry,
  { controllerOf, contextOf, onStep, runAs, failedIn, signal, logStep }: BootOptions<Entry>,
): ResourceInstance | null | Promise<ResourceInstance | null> {
  throwIfAborted(signal);
  const controller = controllerOf(entry);
  if (controller?.create === undefined) return {};
  onStep(entry, "create");
  const started = logStep === undefined ? 0 : performance.now();
  const failed = (error: unknown) => stepFailed("ERR_CREATE_FAILED", entry, error, failedIn);
  const checked = (instance: unknown): ResourceInstance | null => {
    if (instance === null) return null;
    let error: DiglyError | undefined;
    try {
      error = instanceError(entry, instance);
    } catch (thrown) {
      error = failed(thrown);
    }
    if (error !== undefined) throw error;
    logStep?.(`Created ${entry.urn} in ${since(started)}`);
    return instance as ResourceInstance;
  };
  let created: unknown;
  try {
    const context = contextOf(entry);
    created = runAs(entry.urn, () => controller.create!(entry.resource, context));
  } catch (error) {
    throw failed(error);
  }
  if (!isThenable(created)) return checked(created);
  return untilAborted(created, signal).then(checked, (error) => {
    throw failed(error);
  });
}

/** Why a value is not an instance. */
function instanceError(entry: Bootable, instance: unknown): DiglyError | undefined {
  const problem = instanceProblem(instance);
  if (problem !== undefined) {
    return fail("ERR_CREATE_FAILED", { urn: entry.urn, problem }, {
      origin: entry.manifest.originAt([]),
      help: 'Return an instance (an empty object will do), or null for "not yet"',
    });
  }
  const misspelt = misspeltMember(instance as object);
  return misspelt && unknownMember(entry, misspelt);
}

function unknownMember({ urn, manifest }: Bootable, { name, nearest }: MisspeltMember): DiglyError {
  return fail("ERR_CREATE_FAILED", {
    urn,
    problem: `its controller's create returned an instance with an unknown member \`${name}\``,
  }, { origin: manifest.originAt([]), help: `Did you mean "${nearest}"?` });
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
    origin: described[0]!.origin,
    related: described.slice(1).map(({ urn, origin }) => ({ message: urn, origin })),
    help: missing === undefined
      ? "A controller that returns null waits for another resource, which never became ready"
      : `No resource is named ${missing}: add it, or correct the name`,
  });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason;
}
