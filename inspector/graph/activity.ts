/** What happens in boxes and on lines that may each represent many resources. */
import type { Edge } from "../../src/inspector/api.ts";
import { formatRate, formatShare } from "../format.ts";
import { live } from "../live.ts";
import type { ViewEdge, ViewNode } from "./model.ts";

/** The sum of several activities. */
export interface Sum {
  readonly executions: number;
  readonly errors: number;
  readonly perSecond: number;
  readonly errorsPerSecond: number;
}

const NOTHING: Sum = { executions: 0, errors: 0, perSecond: 0, errorsPerSecond: 0 };

/** The activity of the resources of a box. */
export function activityOfNode({ members }: ViewNode): Sum {
  return members.reduce((sum, urn) => add(sum, live.activityOf(urn)), NOTHING);
}

/** The activity on the connections of a line. */
export function activityOfEdge({ members }: ViewEdge, byKey: ReadonlyMap<string, Edge>): Sum {
  return members.reduce(
    (sum, key) => add(sum, live.activityOnEdge(key, byKey.get(key))),
    NOTHING,
  );
}

/** The state of a box: of a group, the one that matters most. */
export function stateOfNode({ members }: ViewNode): string {
  const [first, ...others] = members;
  if (first !== undefined && others.length === 0) return live.stateOf(first)?.state ?? "registered";
  const states = new Set(members.map((urn) => live.stateOf(urn)?.state));
  return ["failed", "draining", "executing", "created", "initialised", "registered", "stopped"]
    .find((state) => states.has(state as never)) ?? "registered";
}

/** A rate and the share of errors in it, such as `12/s · 3 % errors`; empty without a rate. */
export function rateLabel({ perSecond, errorsPerSecond }: Sum): string {
  if (perSecond === 0) return "";
  const rate = formatRate(perSecond);
  return errorsPerSecond === 0
    ? rate
    : `${rate} · ${formatShare(errorsPerSecond / perSecond)} errors`;
}

function add(sum: Sum, more: Sum | undefined): Sum {
  if (more === undefined) return sum;
  return {
    executions: sum.executions + more.executions,
    errors: sum.errors + more.errors,
    perSecond: sum.perSecond + more.perSecond,
    errorsPerSecond: sum.errorsPerSecond + more.errorsPerSecond,
  };
}
