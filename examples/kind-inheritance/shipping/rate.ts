import type { ResourceInstance, RuntimeResource } from "digly/module";

interface Rate {
  readonly base: number;
  readonly perKilo: number;
  readonly days: number;
}

/** Serves Shipping.Rate and every kind made from it; `rate.kind` is the resource's own. */
export function create(rate: RuntimeResource<Rate>): ResourceInstance {
  return {
    execute: (kilos) => ({
      kind: rate.kind,
      price: rate.base + rate.perKilo * Number(kilos),
      days: rate.days,
    }),
  };
}
