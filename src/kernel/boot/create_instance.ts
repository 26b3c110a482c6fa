/** Calls the `create` of a controller, and checks what it returns. */
import type { ModuleCreateContext } from "../../contract/contexts.ts";
import { type DiglyError, fail } from "../../contract/errors.ts";
import type { Controller, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { isThenable } from "../../contract/results.ts";
import type { Located } from "../../contract/source.ts";
import { since } from "../step_log.ts";
import { throwIfAborted, untilAborted } from "./abortable.ts";
import { instanceProblem, type MisspeltMember, misspeltMember } from "./instances.ts";
import { stepFailed } from "./step_failed.ts";
import type { StepOptions } from "./steps.ts";

/** A resource to boot. */
export interface Bootable {
  readonly urn: string;
  readonly kind: string;
  readonly resource: RuntimeResource;
  readonly manifest: Located;
}

/** Options of {@link createInstance}. */
export interface CreateOptions<Entry extends Bootable> extends StepOptions {
  /** The controller of a resource; `undefined` for inert resources. */
  readonly controllerOf: (entry: Entry) => Controller | undefined;
  readonly contextOf: (entry: Entry) => ModuleCreateContext;
  /** Called before every `create`, `init` and `start`. */
  readonly onStep: (entry: Entry, step: string) => void;
}

/** The instance of a resource; null if its controller waits for another one. */
export function createInstance<Entry extends Bootable>(
  entry: Entry,
  options: CreateOptions<Entry>,
): ResourceInstance | null | Promise<ResourceInstance | null> {
  const { controllerOf, contextOf, onStep, runAs, failedIn, signal, logStep } = options;
  throwIfAborted(signal);
  const controller = controllerOf(entry);
  if (controller?.create === undefined) return {};
  onStep(entry, "create");
  const started = logStep === undefined ? 0 : performance.now();
  let created: unknown;
  try {
    const context = contextOf(entry);
    created = runAs(entry.urn, () => controller.create?.(entry.resource, context));
  } catch (error) {
    throw stepFailed("ERR_CREATE_FAILED", entry, error, failedIn);
  }
  if (!isThenable(created)) return checkInstance(created, entry, started, options);
  return untilAborted(created, signal).then(
    (instance) => checkInstance(instance, entry, started, options),
    (error) => {
      throw stepFailed("ERR_CREATE_FAILED", entry, error, failedIn);
    },
  );
}

/** Throws for what is neither an instance nor null. */
function checkInstance(
  instance: unknown,
  entry: Bootable,
  started: number,
  { failedIn, logStep }: StepOptions,
): ResourceInstance | null {
  if (instance === null) return null;
  let error: DiglyError | undefined;
  try {
    error = instanceError(entry, instance);
  } catch (thrown) {
    error = stepFailed("ERR_CREATE_FAILED", entry, thrown, failedIn);
  }
  if (error !== undefined) throw error;
  logStep?.(`Created ${entry.urn} in ${since(started)}`);
  return instance as ResourceInstance;
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
