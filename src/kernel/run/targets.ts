/** Finds the target of a URN: the kind's controller, then the instance, then the module. */
import { fail } from "../../contract/errors.ts";
import type { Controller, ResourceInstance } from "../../contract/module.ts";
import { unknownResourceHelp } from "../../diagnostics/unknown_resource.ts";
import { isKernelKind, parseUrn, type Urn } from "../../contract/urn.ts";
import type { Target } from "./dispatch.ts";

/** The resources of an app, as far as executing them is concerned. */
export interface Executables {
  exists(urn: string): boolean;
  /** Every URN, to suggest the nearest one. */
  urns(): readonly string[];
  /** The instance of a resource, from the end of its `init` to its teardown. */
  instanceOf(urn: string): ResourceInstance | undefined;
  controllerOf(kind: string): Controller | undefined;
  /** The module registered from code that owns the kind. */
  moduleOf(kind: string): Controller | undefined;
  /** Why an existing resource is not running, as the end of a sentence. */
  readonly notRunningReason: string;
}

/** A loaded app, as far as executing its resources is concerned. */
export interface ExecutableApp {
  entry(urn: string): unknown;
  entries(): readonly { readonly urn: string }[];
  controller(kind: string): Controller | undefined;
  readonly kinds: { registeredModuleOf(kind: string): Controller | undefined };
}

/** The resources of an app, with the instances of those that are running. */
export function executablesOf(
  app: ExecutableApp | undefined,
  running: { instance(urn: string): ResourceInstance | undefined } | undefined,
  notRunningReason: string,
): Executables {
  return {
    exists: (urn) => app?.entry(urn) !== undefined,
    urns: () => app?.entries().map(({ urn }) => urn) ?? [],
    instanceOf: (urn) => running?.instance(urn),
    controllerOf: (kind) => app?.controller(kind),
    moduleOf: (kind) => app?.kinds.registeredModuleOf(kind),
    notRunningReason,
  };
}

/** Where {@link findResource} looks. */
export interface Findable extends Pick<Executables, "exists" | "urns"> {
  /** Before the boot, true for a name that a controller may register during it. */
  mayRegister?(urn: string): boolean;
}

/** The resource that `urn` names. Throws if it does not exist or can never be executed. */
export function findResource(urn: string, app: Findable): Urn {
  if (typeof urn !== "string") {
    const problem = "a URN must be a string, `Kind.Name`";
    throw fail("ERR_EXECUTION_FAILED", { urn: String(urn), problem, chain: [] });
  }
  const parsed = parseUrn(urn);
  if (parsed === undefined || !app.exists(urn)) {
    const help = unknownResourceHelp(urn, app.urns(), app.mayRegister?.(urn) === true);
    throw fail("ERR_RESOURCE_NOT_FOUND", { urn }, { help });
  }
  if (isKernelKind(parsed.kind)) {
    throw fail("ERR_MODULE_MISSING", { urn }, {
      help: `${parsed.kind} describes something to the runtime; it cannot be executed`,
    });
  }
  return parsed;
}

/** The target of `urn`. Throws a `DiglyError` if there is none. */
export function findTarget(urn: string, app: Executables, chain: readonly string[]): Target {
  const { kind, name } = findResource(urn, app);
  const instance = app.instanceOf(urn);
  if (instance === undefined) {
    throw fail("ERR_EXECUTION_FAILED", { urn, problem: app.notRunningReason, chain });
  }
  const controller = app.controllerOf(kind);
  if (controller?.execute !== undefined) {
    return (input, ctx) => controller.execute?.(name, input, ctx);
  }
  if (instance.execute !== undefined) return (input, ctx) => instance.execute?.(input, ctx);
  const module = app.moduleOf(kind);
  if (module?.execute !== undefined) return (input, ctx) => module.execute?.(name, input, ctx);
  throw fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `resources of the kind ${kind} cannot be executed`,
    chain,
  });
}
