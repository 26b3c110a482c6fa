/** The dispatcher of a kernel, whose targets depend on the phase that its app is in. */
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import type { KernelParts } from "./parts.ts";
import { createDispatcher, type Dispatcher } from "./run/dispatch.ts";
import { executionEvents } from "./run/execution_events.ts";
import { executablesOf, findTarget } from "./run/targets.ts";
import type { KernelState } from "./state.ts";

/** Creates the dispatcher. */
export function createKernelDispatcher(parts: KernelParts, state: () => KernelState): Dispatcher {
  /** While an app is reloaded, the running one knows its current version. */
  const app = () => {
    const { app, running } = state();
    return running?.app ?? app;
  };
  return createDispatcher({
    find: (urn, chain) => {
      const { running } = state();
      return running === undefined
        ? findTarget(urn, executablesOf(app(), undefined, "it is not running"), chain())
        : running.target(urn, chain);
    },
    ownUrn: (urn, caller) => app()?.ownUrn(urn, caller) ?? urn,
    originOf: (urn) => app()?.originAt(urn, []),
    errors: {
      throwerOf: (urn) => app()?.throwerOf(urn),
      declared: (code) => app()?.kinds.error(code),
    },
    callDepth: () => (app()?.limits ?? DEFAULT_LIMITS).callDepth,
    observe: executionEvents(parts.bus),
    probe: parts.options.probe,
    log: parts.log,
    clock: parts.clock,
    random: parts.random,
    emit: (ctx, event, payload) => state().running?.emit(ctx, event, payload) ?? Promise.resolve(),
  });
}
