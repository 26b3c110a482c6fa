import type { ResourceInstance, RuntimeResource } from "digly/module";

export function create(
  { of }: RuntimeResource<{ of: Readonly<Record<string, number>> }>,
): ResourceInstance {
  return {
    execute(item) {
      const price = of[String(item)];
      if (price === undefined) throw new Error(`"${item}" has no price`);
      return price;
    },
  };
}
