import type { ResourceInstance, RuntimeResource } from "digly/module";

export function create({ prices }: RuntimeResource<{ prices: string }>): ResourceInstance {
  let balance = 0;
  return {
    async execute(input, ctx) {
      const { item, quantity } = input as { item: string; quantity: number };
      const sum = Number(await ctx.execute(prices, item)) * quantity;
      balance += sum;
      return sum;
    },
    snapshot: () => ({ balance }),
  };
}
