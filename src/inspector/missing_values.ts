/** Finds out why an execution has no values of other nodes that have run a part of it. */
import type { ClusterView } from "../contract/transport.ts";
import type { MissingValues } from "./api.ts";
import type { Recording } from "./recording.ts";

/** The most nodes that are named. */
const MOST_NODES = 20;

/** The most characters of a reason that another node gives. */
const LONGEST_REASON = 300;

/**
 * The nodes whose values are not there. `received` has the ids of the spans that other nodes have
 * sent. Nodes are only looked for if something is missing.
 */
export async function findMissing(
  { spans, start }: Recording,
  answers: Readonly<Record<string, unknown>>,
  received: ReadonlySet<string>,
  cluster: ClusterView,
): Promise<readonly MissingValues[]> {
  // An execution that was not sampled has no values of this process either.
  if (start.detail !== "full") return [];
  const ran = new Set(
    spans.flatMap(({ id, node }) => node === undefined || received.has(id) ? [] : [node]),
  );
  const hasUnknown = spans.some(({ id, urn, node, error }) =>
    node === undefined && !cluster.isLocal(urn) && error?.code !== "ERR_UNAVAILABLE" &&
    !spans.some(({ parent, node }) => parent === id && node !== undefined)
  );
  if (ran.size === 0 && !hasUnknown) return [];
  const { self, nodes } = await cluster.status();
  const present = new Set(nodes.map(({ node }) => node).filter((node) => node !== self));
  const reasonOf = (node: string) => missingReason(answers, node, present.has(node));
  const missing = Array.from(ran, (node) => ({ node, reason: reasonOf(node) }));
  if (hasUnknown) {
    const others = new Set([...present, ...Object.keys(answers)]);
    for (const node of others) {
      const answer = ownAnswer(answers, node);
      if (ran.has(node) || (Array.isArray(answer) && answer.length > 0)) continue;
      missing.push({ node, reason: `may have run a part of it, and ${reasonOf(node)}` });
    }
  }
  if (missing.length === 0) return [{ reason: "no node that can be reached has recorded them" }];
  return missing.slice(0, MOST_NODES);
}

function missingReason(
  answers: Readonly<Record<string, unknown>>,
  node: string,
  isPresent: boolean,
): string {
  const answer = ownAnswer(answers, node);
  if (answer === undefined) {
    return isPresent
      ? "did not answer in time: it may be busy, run an older version of Digly, or lack the " +
        "permission to publish its answer"
      : "has left the cluster or cannot be reached";
  }
  if (answer === null) return "runs without `--inspect`";
  if (Array.isArray(answer)) {
    return "has not recorded it: it samples executions, and keeps only the latest";
  }
  const { error } = answer as { readonly error?: unknown };
  return typeof error === "string"
    ? `cannot send them: ${error.slice(0, LONGEST_REASON)}`
    : "sent something other than recordings: it may run another version of Digly";
}

/** The answer of a node, `undefined` only if there is none. */
function ownAnswer(answers: Readonly<Record<string, unknown>>, node: string): unknown {
  return Object.hasOwn(answers, node) ? answers[node] ?? null : undefined;
}
