import type { ResourceInstance, RuntimeResource } from "digly/module";

interface Desk {
  readonly shelf: string;
  readonly customer: string;
}

export function create({ shelf, customer }: RuntimeResource<Desk>): ResourceInstance {
  return {
    async execute(input, ctx) {
      const { item, quantity } = input as { item: string; quantity: number };
      const { left, ordered } = await ctx.execute(shelf, { item, quantity }) as {
        left: number;
        ordered: unknown;
      };
      const total = await ctx.execute(customer, { item, quantity });
      return { total, left, ordered };
    },
  };
}
