/** A box and a line of the graph. */
import type { JSX } from "preact";
import { activityOfNode, rateLabel, stateOfNode } from "./activity.ts";
import type { Box } from "./layout.ts";
import { edgePath } from "./lines.ts";
import type { ViewEdge, ViewNode } from "./model.ts";

/** How a box is related to the selected one: `near` is connected with it, `far` is not. */
export type Focus = "selected" | "near" | "far" | "";

/** The box of a resource or a group. */
export function Node({ node, box, focus }: {
  readonly node: ViewNode;
  readonly box: Box;
  readonly focus: Focus;
}): JSX.Element {
  const state = stateOfNode(node);
  const activity = activityOfNode(node);
  const classes = [
    "node",
    `state-${state}`,
    focus,
    node.isContext ? "context" : "",
    node.isGroup ? "group" : "",
  ].join(" ");
  return (
    <g class={classes} transform={`translate(${box.x} ${box.y})`} data-id={node.id}>
      <title>{`${node.isGroup ? node.label : node.id}: ${state}`}</title>
      {node.isGroup && (
        <rect class="behind" x={4} y={4} width={box.width} height={box.height} rx={6} />
      )}
      <rect class="box" width={box.width} height={box.height} rx={6} />
      <NodeMark state={state} />
      <text class="name" x={26} y={19}>{shorten(node.label, 22)}</text>
      <text class="kind" x={26} y={36}>
        {shorten(node.sublabel, activity.perSecond > 0 ? 16 : 25)}
      </text>
      {activity.perSecond > 0 && (
        <text
          class={activity.errorsPerSecond > 0 ? "rate failing" : "rate"}
          x={box.width - 10}
          y={36}
        >
          {rateLabel({ ...activity, errorsPerSecond: 0 })}
        </text>
      )}
    </g>
  );
}

/** States differ in their shape, too, for those who cannot tell the colours apart. */
function NodeMark({ state }: { readonly state: string }): JSX.Element {
  switch (state) {
    case "failed":
      return <path class="mark" d="M10 11l8 8m0-8l-8 8" />;
    case "executing":
      return <path class="mark solid" d="M10 9.5l9 5.5l-9 5.5z" />;
    case "draining":
    case "stopped":
      return <path class="mark" d="M10 15h8" />;
    case "initialised":
      return <circle class="mark solid" cx={14} cy={15} r={4} />;
    default:
      return <circle class="mark" cx={14} cy={15} r={3.5} />;
  }
}

/** A line between two boxes. */
export function Line({ edge, from, to, look }: {
  readonly edge: ViewEdge;
  readonly from: Box;
  readonly to: Box;
  readonly look: string;
}): JSX.Element {
  return (
    <g class={look}>
      <path d={edgePath(from, to)} marker-end="url(#arrow)">
        <title>{`${edge.from} → ${edge.to}: ${edge.reason}`}</title>
      </path>
    </g>
  );
}

/** The classes of a line. */
export function edgeLook(
  { from, to, reason }: ViewEdge,
  { perSecond, errorsPerSecond }: { readonly perSecond: number; readonly errorsPerSecond: number },
  selected: string | undefined,
): string {
  return [
    "edge",
    `reason-${reason.replace(" ", "-")}`,
    errorsPerSecond > 0 ? "failing" : perSecond > 0 ? "active" : "",
    selected === undefined ? "" : from === selected || to === selected ? "selected" : "far",
  ].join(" ");
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
