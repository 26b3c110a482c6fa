/** The entries of `kernel.modules`. */
import type { Controller, DiglyModule } from "../../contract/module.ts";
import type { Execute } from "../../contract/execution.ts";
import { formatUrn } from "../../contract/urn.ts";
import type { ModuleIdentity } from "./services.ts";

/** The module that serves a kind. */
export interface ServingModule {
  readonly module: ModuleIdentity;
  /** The kind's controller, once it is loaded. */
  readonly controller: Controller | undefined;
  /** The module, if it was registered from code. */
  readonly registered: DiglyModule | undefined;
}

/**
 * A view of the module that serves `kind`, with `create` and `execute` if its controller has them.
 * Executions go through the kernel, which checks, counts and reports them.
 */
export function moduleView(
  kind: string,
  { module: { name, version }, controller, registered }: ServingModule,
  execute: Execute,
): DiglyModule {
  const creates = controller?.create;
  const executes = controller?.execute ?? registered?.execute;
  const { definitions, controllers } = registered ?? {};
  return Object.freeze({
    name,
    ...(version === undefined ? {} : { version }),
    ...(definitions === undefined ? {} : { definitions }),
    ...(controllers === undefined ? {} : { controllers }),
    ...(creates === undefined ? {} : { create: creates.bind(controller) }),
    ...(executes === undefined ? {} : {
      execute: ((resource, input, ctx) =>
        execute(formatUrn(kind, resource), input, ctx)) satisfies DiglyModule["execute"],
    }),
  });
}
