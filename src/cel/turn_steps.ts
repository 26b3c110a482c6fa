/** How many steps one turn of a comprehension costs. */
import type { Comprehension, Node } from "./ast.ts";
import { childrenOf } from "./uses.ts";

/** So many nodes of a body cost one step more: evaluating them takes about 1.5 µs. */
const NODES_PER_STEP_BITS = 4;

/**
 * The steps of one turn. A long body costs more than one, so that the limit bounds the time that a
 * comprehension takes. The bodies of comprehensions within it are charged by their own turns.
 */
export function stepsOfTurn({ filter, body }: Comprehension): number {
  const nodes = nodesIn(body) + (filter === undefined ? 0 : nodesIn(filter));
  return 1 + (nodes >> NODES_PER_STEP_BITS);
}

function nodesIn(node: Node): number {
  switch (node.kind) {
    case "has":
      return 1 + nodesIn(node.operand);
    case "comprehension":
      return 1 + nodesIn(node.collection);
    case "bind":
      return 1 + nodesIn(node.value) + nodesIn(node.body);
    case "optMap":
      return 1 + nodesIn(node.operand) + nodesIn(node.body);
    default:
      return childrenOf(node).reduce((count, child) => count + nodesIn(child), 1);
  }
}
