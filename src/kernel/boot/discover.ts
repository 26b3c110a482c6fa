/**
 * The boot passes (docs/decisions.md#boot-passes): creates and initialises every resource in load
 * order, and retries those whose controller returned null. A pass includes resources that are
 * registered meanwhile, so that registering more does not add passes.
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import type { Controller, ModuleCreateContext, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { isPromise, untilAborted } from "./abortable.ts";
import { instanceProblem } from "./instances.ts";
import { formatUnclaimedResources } from "./unclaimed_resources.ts";
import { count, since, type StepLog } from "../step_log.ts";
import { type FailedExecution, stepFailed } from "./step_failed.ts";

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
export interface BootOptions<Entry extends Bootable> {
  /** The controller of a kind; `undefined` for inert resources. */
  readonly controllerOf: (kind: string) => Controller | undefined;
  readonly contextOf: (entry: Entry) => ModuleCreateContext;
  /** Called before every `create` and `init`. */
  readonly onStep: (entry: Entry, step: string) => void;
  /** Runs a controller's code on behalf of a resource. */
  readonly runAs: <T>(urn: string, work: () => T) => T;
  /** Takes the resources that controllers have registered since the last call. */
  readonly takeAdded: () => Promise<readonly Entry[]>;
  /** The resource whose execution an error comes from, if any. */
  readonly failedIn: (error: unknown) => FailedExecution | undefined;
  /** Called after a resource's `init`. */
  readonly onInitialized: (running: RunningResource<Entry>) => void;
  /** Aborts the boot; a pending step is no longer awaited. */
  readonly signal: AbortSignal;
  readonly logStep?: StepLog | undefined;
}

type InitOptions = Pick<BootOptions<Bootable>, "runAs" | "failedIn" | "signal" | "logStep">;

const MAX_PASSES = 10;

/** Creates and initialises `entries`. Throws the first error; the caller rolls back. */
export async function bootResources<Entry extends Bootable>(
  entries: readonly Entry[],
  options: BootOptions<Entry>,
): Promise<void> {
  // Copied, because resources that controllers add must be checked before they are created.
  let pending: readonly Entry[] = [...entries];
  for (let pass = 1; pending.length > 0; pass++) {
    options.logStep?.(`Boot pass ${pass}: ${count(pending.length, "resource")} to create`);
    const { waiting, handled } = await bootPass(pending, options);
    if (waiting.length > 0 && (handled === 0 || pass === MAX_PASSES)) throw neverReady(waiting);
    pending = waiting;
  }
}

/** Creates every pending resource, and those that controllers register meanwhile. */
async function bootPass<Entry extends Bootable>(
  pending: readonly Entry[],
  options: BootOptions<Entry>,
): Promise<{ readonly waiting: readonly Entry[]; readonly handled: number }> {
  const waiting: Entry[] = [];
  let handled = 0;
  for (let round = pending; round.length > 0; round = await options.takeAdded()) {
    for (const entry of round) {
      const instance = await create(entry, options);
      if (instance === null) {
        options.logStep?.(`${entry.urn} waits for another resource until the next pass`);
        waiting.push(entry);
        continue;
      }
      if (instance.init !== undefined) options.onStep(entry, "init");
      await initialise(entry, instance, options);
      options.onInitialized({ entry, instance });
      handled++;
    }
  }
  return { waiting, handled };
}

async function create<Entry extends Bootable>(
  entry: Entry,
  { controllerOf, contextOf, onStep, runAs, failedIn, signal, logStep }: BootOptions<Entry>,
): Promise<ResourceInstance | null> {
  throwIfAborted(signal);
  const controller = controllerOf(entry.kind);
  if (controller?.create === undefined) return {};
  onStep(entry, "create");
  const started = logStep === undefined ? 0 : performance.now();
  let instance: unknown;
  let problem: string | undefined;
  try {
    const context = contextOf(entry);
    instance = runAs(entry.urn, () => controller.create!(entry.resource, context));
    if (isPromise(instance)) instance = await untilAborted(instance, signal);
    if (instance !== null) problem = instanceProblem(instance);
  } catch (error) {
    throw stepFailed("ERR_CREATE_FAILED", entry, error, failedIn);
  }
  if (instance === null) return null;
  if (problem === undefined) {
    logStep?.(`Created ${entry.urn} in ${since(started)}`);
    return instance as ResourceInstance;
  }
  throw fail("ERR_CREATE_FAILED", { urn: entry.urn, problem }, {
    origin: entry.manifest.originAt([]),
    help: 'Return an instance (an empty object will do), or null for "not yet"',
  });
}

async function initialise(
  entry: Bootable,
  instance: ResourceInstance,
  { runAs, failedIn, signal, logStep }: InitOptions,
): Promise<void> {
  if (instance.init === undefined) return;
  const started = logStep === undefined ? 0 : performance.now();
  try {
    const result: unknown = runAs(entry.urn, () => instance.init!());
    if (isPromise(result)) await untilAborted(result, signal);
  } catch (error) {
    throw stepFailed("ERR_INIT_FAILED", entry, error, failedIn);
  }
  logStep?.(`Initialized ${entry.urn} in ${since(started)}`);
}

function neverReady(pending: readonly Bootable[]): DiglyError {
  const urns = pending.map(({ urn }) => urn);
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: formatUnclaimedResources(urns, "its controller kept returning null"),
    resources: urns,
  }, {
    origin: pending[0]!.manifest.originAt([]),
    related: pending.slice(1).map(({ urn, manifest }) => ({
      message: urn,
      origin: manifest.originAt([]),
    })),
    help: "A controller that returns null waits for another resource, which never became ready",
  });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason;
}
