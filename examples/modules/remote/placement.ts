import { defineController } from "digly/module";
import type { RemoteBus } from "./bus.ts";

export default defineController<{ bus: string; urns: readonly string[] }>({
  create({ bus, urns }, ctx) {
    const remote = ctx.use<RemoteBus>(bus);
    ctx.intercept({ urns }, ({ urn, input, ctx: execution }) => remote.call(urn, input, execution));
    return {};
  },
});
