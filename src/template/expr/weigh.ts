/** The size of data; a shared node counts each time it occurs, as it does in the output. */

/** Nodes, code units of text, and how deep collections nest. */
export interface Weight {
  nodes: number;
  text: number;
  depth: number;
}

const weights = new WeakMap<object, Weight>();

/** The weight of a value; containers are weighed once. */
export function weigh(value: unknown): Weight {
  if (typeof value === "string") return { nodes: 1, text: value.length, depth: 0 };
  if (typeof value !== "object" || value === null) return { nodes: 1, text: 0, depth: 0 };
  const known = weights.get(value);
  if (known !== undefined) return known;
  const weight = { nodes: 1, text: 0, depth: 1 };
  // Set before the children, so that data which holds itself ends the walk.
  weights.set(value, weight);
  for (const item of Object.values(value)) {
    const { nodes, text, depth } = weigh(item);
    weight.nodes += nodes;
    weight.text += text;
    weight.depth = Math.max(weight.depth, depth + 1);
  }
  return weight;
}
