import { defineController } from "digly/module";
import type { RemoteBus } from "./bus.ts";

export default defineController<{ bus: string; urn: string }>({
  create({ bus, urn }, ctx) {
    const { call } = ctx.use<RemoteBus>(bus);
    return { execute: (input, execution) => call(urn, input, execution) };
  },
});
