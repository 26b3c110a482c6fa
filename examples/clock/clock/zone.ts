import type { ModuleCreateContext, ResourceInstance, RuntimeResource } from "digly/module";

export function create(
  resource: RuntimeResource<{ offsetHours: number }>,
  ctx: ModuleCreateContext,
): ResourceInstance {
  ctx.log.debug(`${resource.metadata.name} is ${resource.offsetHours} h from UTC`);
  return {
    execute: (input) => (Number(input) + resource.offsetHours + 24) % 24,
  };
}
