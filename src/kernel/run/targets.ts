/**
 * Who executes a URN: the kind's controller, else the resource's instance, else the module.
 * Rules: specification §6.1, decision D-22.
 */
import { fail } from "../../contract/errors.ts";
import type { Controller, ResourceInstance } from "../../contract/module.ts";
import { didYouMeanUrn } from "../../contract/nearest.ts";
import { isKernelKind, parseUrn, type Urn } from "../../contract/urn.ts";
import type { Target } from "./dispatch.ts";

/** What is known about the resources of an app while it runs. */
export interface Executables {
  exists(kind: string, name: string): boolean;
  /** Every URN, for the nearest name. */
  urns(): readonly string[];
  /** The running side of a resource; `undefined` before its `init` and after its teardown. */
  instanceOf(urn: string): ResourceInstance | undefined;
  controllerOf(kind: string): Controller | undefined;
  /** The module registered in code that owns the kind. */
  moduleOf(kind: string): Controller | undefined;
  /** Why a resource that exists is not running, as the end of a sentence. */
  whyNotRunning(): string;
}

/** The resource that `urn` names. Throws for one that does not exist or can never be executed. */
export function findResource(urn: string, app: Pick<Executables, "exists" | "urns">): Urn {
  if (typeof urn !== "string") {
    const problem = "a URN is a string, `Kind.Name`";
    throw fail("ERR_EXECUTION_FAILED", { urn: String(urn), problem, chain: [] });
  }
  const parsed = parseUrn(urn);
  if (parsed === undefined || !app.exists(parsed.kind, parsed.name)) {
    throw fail("ERR_RESOURCE_NOT_FOUND", { urn }, { help: didYouMeanUrn(urn, app.urns()) });
  }
  if (isKernelKind(parsed.kind)) {
    throw fail("ERR_MODULE_MISSING", { urn }, {
      help: `${parsed.kind} describes something to the runtime; it cannot be executed`,
    });
  }
  return parsed;
}

/** The target of `urn`. Throws the error that says why there is none. */
export function findTarget(urn: string, app: Executables, chain: readonly string[]): Target {
  const { kind, name } = findResource(urn, app);
  const instance = app.instanceOf(urn);
  if (instance === undefined) {
    throw fail("ERR_EXECUTION_FAILED", { urn, problem: app.whyNotRunning(), chain });
  }
  const controller = app.controllerOf(kind);
  if (controller?.execute !== undefined) {
    return (input, ctx) => controller.execute!(name, input, ctx);
  }
  if (instance.execute !== undefined) return (input, ctx) => instance.execute!(input, ctx);
  const module = app.moduleOf(kind);
  if (module?.execute !== undefined) return (input, ctx) => module.execute!(name, input, ctx);
  throw fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `resources of the kind ${kind} cannot be executed`,
    chain,
  });
}
