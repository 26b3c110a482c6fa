/**
 * The boot passes: creates and initialises every resource, in load order, coming back to
 * those whose controller says "not yet". Rules: specification §4.2 step 4, decision D-19.
 */
import { type DiglyError, fail, isDiglyError, messageOf, readable } from "../contract/errors.ts";
import type { Controller, ModuleCreateContext, ResourceInstance } from "../contract/module.ts";
import type { RuntimeResource } from "../contract/resource.ts";
import type { Located } from "../contract/source.ts";
import { isPromise, untilAborted } from "./abortable.ts";
import { changeProblem, instanceProblem } from "./instances.ts";
import { leftoverLines } from "./leftovers.ts";

/** A resource on its way through the passes. */
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

/** What {@link bootResources} needs. */
export interface BootOptions<Entry extends Bootable> {
  /** The controller of a kind; `undefined` for inert resources. */
  readonly controllerOf: (kind: string) => Controller | undefined;
  readonly contextOf: (entry: Entry) => ModuleCreateContext;
  /** Told before every `create` and `init`. */
  readonly onStep: (entry: Entry, step: string) => void;
  /** Runs a controller's code in the name of a resource. */
  readonly runAs: <T>(urn: string, work: () => T) => T;
  /** What controllers have registered since it was last asked. */
  readonly added: () => Promise<readonly Entry[]>;
  /** Called when a resource's `init` has ended. */
  readonly onInitialized: (running: RunningResource<Entry>) => void;
  /** Calls the boot off; the pending step is left to itself. */
  readonly signal: AbortSignal;
}

const MAX_PASSES = 10;

/** Creates and initialises `entries`. Throws the first error; the caller rolls back. */
export async function bootResources<Entry extends Bootable>(
  entries: readonly Entry[],
  options: BootOptions<Entry>,
): Promise<void> {
  // What is registered meanwhile has to be checked first.
  let pending: readonly Entry[] = [...entries];
  let passes = 0;
  while (pending.length > 0) {
    const left: Entry[] = [];
    for (const entry of pending) {
      const instance = await create(entry, options);
      if (instance === null) {
        left.push(entry);
        continue;
      }
      if (instance.init !== undefined) options.onStep(entry, "init");
      await initialise(entry, instance, options);
      options.onInitialized({ entry, instance });
    }
    const added = await options.added();
    const isOver = left.length === pending.length || ++passes === MAX_PASSES;
    pending = [...left, ...added];
    // What was just registered is always given a pass.
    if (isOver && added.length === 0) break;
  }
  if (pending.length > 0) throw notReady(pending);
}

async function create<Entry extends Bootable>(
  entry: Entry,
  { controllerOf, contextOf, onStep, runAs, signal }: BootOptions<Entry>,
): Promise<ResourceInstance | null> {
  throwIfAborted(signal);
  const controller = controllerOf(entry.kind);
  if (controller?.create === undefined) return {};
  onStep(entry, "create");
  let instance: unknown;
  let problem: string | undefined;
  try {
    const context = contextOf(entry);
    instance = runAs(entry.urn, () => controller.create!(entry.resource, context));
    if (isPromise(instance)) instance = await untilAborted(instance, signal);
    if (instance !== null) problem = instanceProblem(instance);
  } catch (error) {
    throw stepFailed("ERR_CREATE_FAILED", entry, error);
  }
  if (instance === null) return null;
  if (problem === undefined) return instance as ResourceInstance;
  throw fail("ERR_CREATE_FAILED", { urn: entry.urn, problem }, {
    origin: entry.manifest.originAt([]),
    help: 'Return an instance (an empty object will do), or null for "not yet"',
  });
}

async function initialise(
  entry: Bootable,
  instance: ResourceInstance,
  { runAs, signal }: Pick<BootOptions<Bootable>, "runAs" | "signal">,
): Promise<void> {
  if (instance.init === undefined) return;
  try {
    const result: unknown = runAs(entry.urn, () => instance.init!());
    if (isPromise(result)) await untilAborted(result, signal);
  } catch (error) {
    throw stepFailed("ERR_INIT_FAILED", entry, error);
  }
}

/** Keeps the cause, and an error of ours that says the boot was called off. */
function stepFailed(
  code: "ERR_CREATE_FAILED" | "ERR_INIT_FAILED",
  entry: Bootable,
  thrown: unknown,
): DiglyError {
  const error = readable(thrown);
  const known = isDiglyError(error) ? error : undefined;
  if (known?.code === "ERR_ABORTED") return known;
  const origin = known?.origin ?? entry.manifest.originAt([]);
  if (known?.code === code) {
    const { details, help, related, cause } = known as DiglyError<typeof code>;
    return fail(code, details, { origin, help, related, cause });
  }
  const change = changeProblem(error, entry.resource);
  return fail(code, { urn: entry.urn, problem: change ?? messageOf(error) }, {
    origin,
    help: change === undefined
      ? known?.help
      : "Copy what you want to change, and leave the resource as it is",
    cause: error,
  });
}

function notReady(pending: readonly Bootable[]): DiglyError {
  const urns = pending.map(({ urn }) => urn);
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: leftoverLines(urns, "its controller kept returning null"),
    resources: urns,
  }, {
    origin: pending[0]!.manifest.originAt([]),
    related: pending.slice(1).map(({ urn, manifest }) => ({
      message: urn,
      origin: manifest.originAt([]),
    })),
    help: "A controller that returns null is waiting for something that never came",
  });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason;
}
