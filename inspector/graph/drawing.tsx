/** Draws the visible part of a graph. */
import type { JSX } from "preact";
import type { Edge } from "../../src/inspector/api.ts";
import { activityOfEdge, activityOfNode, rateLabel, stateOfNode } from "./activity.ts";
import type { Box } from "./layout.ts";
import type { ViewEdge, ViewNode } from "./model.ts";
import type { LaidOut } from "./use_layout.ts";
import { boxPath, edgeMiddle, edgePath, isVisible, type Size, type Viewport } from "./viewport.ts";

/** Text is not legible below this scale. */
const READABLE = 0.35;

/** Above these numbers, what is alike is drawn as one shape. */
export const MANY_NODES = 500;
const MANY_EDGES = 600;

interface DrawingProps {
  readonly laidOut: LaidOut;
  readonly view: Viewport;
  readonly screen: Size;
  readonly selected: string | undefined;
  readonly edgesByKey: ReadonlyMap<string, Edge>;
}

/** Frames, lines and boxes. */
export function Drawing(props: DrawingProps): JSX.Element {
  const { laidOut: { graph, layout }, view, screen, selected } = props;
  const shows = (box: Box | undefined): box is Box =>
    box !== undefined && isVisible(box, view, screen);
  const nodes = graph.nodes.filter(({ id }) => shows(layout.nodes.get(id)));
  const edges = graph.edges.filter(({ from, to }) =>
    shows(layout.nodes.get(from)) || shows(layout.nodes.get(to))
  );
  const isSimple = view.scale < READABLE || nodes.length > MANY_NODES;
  return (
    <svg aria-hidden="true" width={screen.width} height={screen.height}>
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0.5L8 4L0 7.5z" class="arrow" />
        </marker>
      </defs>
      <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
        {[...layout.frames].filter(([, box]) => shows(box)).map(([module, box]) => (
          <Frame key={module} module={isSimple ? "" : module} box={box} scale={view.scale} />
        ))}
        {isSimple || edges.length > MANY_EDGES
          ? <ManyEdges {...props} edges={edges} />
          : edges.map((edge) => (
            <Line
              key={`${edge.from}\n${edge.to}\n${edge.reason}`}
              edge={edge}
              {...props}
            />
          ))}
        {isSimple ? <ManyNodes nodes={nodes} boxes={layout.nodes} /> : nodes.map((node) => (
          <Node
            key={node.id}
            node={node}
            box={boxOf(node.id, layout.nodes)}
            isSelected={node.id === selected}
          />
        ))}
        {isSimple && <FrameTitles frames={layout.frames} scale={view.scale} />}
        {isSimple && selected !== undefined && layout.nodes.has(selected) && (
          <path class="many-selected" d={boxPath(boxOf(selected, layout.nodes))} />
        )}
      </g>
    </svg>
  );
}

function Frame({ module, box, scale }: {
  readonly module: string;
  readonly box: Box;
  readonly scale: number;
}): JSX.Element {
  // Titles stay legible when the graph is small.
  const size = Math.min(12 / Math.min(1, scale), 20);
  return (
    <g class="frame">
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={8} />
      <text x={box.x + 12} y={box.y + 6 + size} font-size={size}>{module}</text>
    </g>
  );
}

/** Titles over boxes that are too small to read anyway. */
function FrameTitles({ frames, scale }: {
  readonly frames: ReadonlyMap<string, Box>;
  readonly scale: number;
}): JSX.Element {
  const size = 12 / scale;
  return (
    <g class="frame-titles" font-size={size} stroke-width={size / 3}>
      {[...frames].map(([module, box]) => (
        <text key={module} x={box.x} y={box.y + size * 0.4}>{module}</text>
      ))}
    </g>
  );
}

function Node({ node, box, isSelected }: {
  readonly node: ViewNode;
  readonly box: Box;
  readonly isSelected: boolean;
}): JSX.Element {
  const state = stateOfNode(node);
  const activity = activityOfNode(node);
  const classes = [
    "node",
    `state-${state}`,
    isSelected ? "selected" : "",
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
      <StateMark state={state} />
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
function StateMark({ state }: { readonly state: string }): JSX.Element {
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

function Line({ edge, laidOut: { layout }, edgesByKey, selected }: {
  readonly edge: ViewEdge;
} & DrawingProps): JSX.Element {
  const from = boxOf(edge.from, layout.nodes);
  const to = boxOf(edge.to, layout.nodes);
  const activity = activityOfEdge(edge, edgesByKey);
  const label = rateLabel(activity);
  const middle = edgeMiddle(from, to);
  return (
    <g class={edgeClass(edge, activity, selected)}>
      <path d={edgePath(from, to)} marker-end="url(#arrow)">
        <title>{`${edge.from} → ${edge.to}: ${edge.reason}`}</title>
      </path>
      {label !== "" && <text x={middle.x} y={middle.y - 4}>{label}</text>}
    </g>
  );
}

function edgeClass(
  { from, to, reason }: ViewEdge,
  { perSecond, errorsPerSecond }: { readonly perSecond: number; readonly errorsPerSecond: number },
  selected: string | undefined,
): string {
  return [
    "edge",
    `reason-${reason.replace(" ", "-")}`,
    errorsPerSecond > 0 ? "failing" : perSecond > 0 ? "active" : "",
    from === selected || to === selected ? "selected" : "",
  ].join(" ");
}

/** All lines of the same look as one path. */
function ManyEdges({ edges, laidOut: { layout }, edgesByKey, selected }: {
  readonly edges: readonly ViewEdge[];
} & DrawingProps): JSX.Element {
  const paths = new Map<string, string[]>();
  for (const edge of edges) {
    const look = edgeClass(edge, activityOfEdge(edge, edgesByKey), selected);
    const path = paths.get(look) ?? [];
    paths.set(look, path);
    path.push(edgePath(boxOf(edge.from, layout.nodes), boxOf(edge.to, layout.nodes)));
  }
  return (
    <>
      {[...paths].map(([look, parts]) => (
        <g key={look} class={`many ${look}`}>
          <path d={parts.join("")} />
        </g>
      ))}
    </>
  );
}

/** The box of a node; every node that is drawn was laid out. */
function boxOf(id: string, boxes: ReadonlyMap<string, Box>): Box {
  return boxes.get(id)!;
}

/** All boxes of the same state as one path. */
function ManyNodes({ nodes, boxes }: {
  readonly nodes: readonly ViewNode[];
  readonly boxes: ReadonlyMap<string, Box>;
}): JSX.Element {
  const paths = new Map<string, string[]>();
  for (const node of nodes) {
    const look = `state-${stateOfNode(node)}${node.isContext ? " context" : ""}`;
    const path = paths.get(look) ?? [];
    paths.set(look, path);
    path.push(boxPath(boxOf(node.id, boxes)));
  }
  return (
    <>
      {[...paths].map(([look, parts]) => (
        <path key={look} class={`many-nodes ${look}`} d={parts.join("")} />
      ))}
    </>
  );
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
