/** Metrics by node: what the heartbeats of all nodes say, so that one process can be asked for all. */
import type { ModuleCreateContext } from "../../contract/author.ts";
import type { Heartbeat } from "./peers.ts";

/** Of more nodes there are no metrics by node, because each makes series of its own. */
const MOST_NODES = 400;

/** The metrics by node. */
export interface NodeMeter {
  set(status: Heartbeat): void;
  remove(status: Pick<Heartbeat, "node" | "roles">): void;
}

/** Creates the metrics. */
export function createNodeMeter({ metrics }: ModuleCreateContext): NodeMeter {
  const labels = ["node", "role"];
  const active = metrics.gauge(
    "node_active",
    "Executions for other nodes that run, by node",
    labels,
  );
  const waiting = metrics.gauge("node_waiting", "Executions that wait for a turn, by node", labels);
  const nodes = new Set<string>();
  const labelsOf = ({ node, roles }: Pick<Heartbeat, "node" | "roles">) => ({
    node,
    role: roles.join("+"),
  });
  return {
    set(status) {
      if (nodes.size >= MOST_NODES && !nodes.has(status.node)) return;
      nodes.add(status.node);
      active.set(labelsOf(status), status.active);
      waiting.set(labelsOf(status), status.waiting);
    },
    remove(status) {
      nodes.delete(status.node);
      active.remove(labelsOf(status));
      waiting.remove(labelsOf(status));
    },
  };
}
