/** Starts the controllers of the kinds in use: imports them in parallel, then registers each once. */
import { type DiglyError, fail, isDiglyError, messageOf } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { Controller, DiglyModule } from "../../contract/module.ts";
import { untilAborted } from "./abortable.ts";
import { createModuleContext } from "./controller_context.ts";
import type { ModuleIdentity, Services } from "./services.ts";
import type { ControllerLoader } from "./controllers.ts";
import type { BootWatch } from "./watch.ts";

/** The controllers to start. */
export interface ControllersInUse {
  /** The entry chosen for each kind that has one. */
  readonly entries: ReadonlyMap<string, ControllerEntry>;
  /** Controllers of modules registered from code, by kind. */
  readonly inCode: ReadonlyMap<string, Controller>;
  /** Modules registered from code. */
  readonly modules: readonly DiglyModule[];
  readonly moduleOf: (kind: string) => ModuleIdentity;
  /** True for a kind whose definition gives its resources a value. */
  readonly hasValue: (kind: string) => boolean;
  /** True for a controller that was registered before. */
  readonly isRegistered: (controller: Controller) => boolean;
}

/** Imports and registers controllers; returns the one of each kind. */
export async function startControllers(
  { entries, inCode, modules, moduleOf, hasValue, isRegistered }: ControllersInUse,
  loader: ControllerLoader,
  services: Services,
  signal: AbortSignal,
  onStep: BootWatch["step"],
): Promise<ReadonlyMap<string, Controller>> {
  const pending = new Map(entries);
  const imported = [...entries].map(async ([kind, entry]) => {
    const controller = await loader.load(entry);
    pending.delete(kind);
    return [kind, controller] as const;
  });
  onStep(() => {
    const [[kind, entry] = []] = pending;
    const what = kind === undefined ? "the controllers" : `the controller of ${kind}`;
    return { what: `${what} to load`, origin: entry?.origin };
  });
  const loaded = await untilAborted(Promise.all(imported), signal);
  const controllers = new Map<string, Controller>([...loaded, ...inCode]);
  // A module that is imported under two names is registered for each of them.
  const registered = new Map<Controller, Set<string>>();

  async function register(
    controller: Controller,
    module: ModuleIdentity,
    what: string,
    entry?: ControllerEntry,
  ): Promise<void> {
    const modules = registered.get(controller) ?? new Set();
    if (modules.has(module.name)) return;
    registered.set(controller, modules.add(module.name));
    if (controller.register === undefined || isRegistered(controller)) return;
    onStep(() => ({ what: `the register function of ${what}`, origin: entry?.origin }));
    try {
      const context = createModuleContext(module, services);
      await untilAborted(Promise.resolve(controller.register(context)), signal);
    } catch (error) {
      if (isDiglyError(error) && error.code === "ERR_ABORTED") throw error;
      throw fail("ERR_MODULE_INVALID", {
        problem: `The register function of ${what} failed: ${messageOf(error)}`,
      }, { origin: entry?.origin, cause: error });
    }
  }

  for (const [kind, controller] of controllers) {
    if (controller.value !== undefined && !hasValue(kind)) {
      throw unusedValue(kind, entries.get(kind));
    }
    const what = modules.some((module) => module === controller)
      ? `the module "${moduleOf(kind).name}"`
      : `the controller of ${kind}`;
    await register(controller, moduleOf(kind), what, entries.get(kind));
  }
  for (const module of modules) {
    const { name, version } = module;
    await register(module, { name, ownName: name, version }, `the module "${name}"`);
  }
  return controllers;
}

function unusedValue(kind: string, entry: ControllerEntry | undefined): DiglyError {
  return fail("ERR_MODULE_INVALID", {
    problem: `The controller of ${kind} exports \`value\`, and its definition does not say so`,
  }, { origin: entry?.origin, help: "Add `value: true` to the definition" });
}
