import type { ResourceInstance, RuntimeResource } from "digly/module";

interface Shelf {
  readonly item: string;
  readonly holds: number;
  readonly atLeast: number;
  readonly supplier: string;
}

export function create(shelf: RuntimeResource<Shelf>): ResourceInstance {
  const { item, atLeast, supplier } = shelf;
  let left = shelf.holds;
  return {
    async execute(input, ctx) {
      const wanted = input as { item: string; quantity: number };
      if (wanted.item !== item) throw new Error(`This shelf holds no "${wanted.item}"`);
      if (wanted.quantity > left) throw new Error(`Only ${left} left`);
      left -= wanted.quantity;
      if (left >= atLeast) return { left, ordered: null };
      const quantity = shelf.holds - left;
      const paid = await ctx.execute(supplier, { item, quantity });
      left += quantity;
      return { left, ordered: { quantity, paid } };
    },
    snapshot: () => ({ left }),
  };
}
