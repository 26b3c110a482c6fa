/** Draws the visible part of a graph. */
import type { JSX } from "preact";
import type { Edge } from "../../src/inspector/api.ts";
import { activityOfEdge, rateLabel } from "./activity.ts";
import type { Box } from "./layout.ts";
import { type Label, placeLabels } from "./lines.ts";
import { titleOf } from "./model.ts";
import { FrameTitles, ManyEdges, ManyNodes } from "./many.tsx";
import { edgeLook, type Focus, Line, Node } from "./shapes.tsx";
import type { LaidOut } from "./use_layout.ts";
import { boxPath, isVisible, type Size, type Viewport } from "./viewport.ts";

/** Text is not legible below this scale. */
const READABLE = 0.35;

/** Above these numbers, what is alike is drawn as one shape. */
export const MANY_NODES = 500;
const MANY_EDGES = 600;

/** The size of the title of a frame, and the width of one of its characters. */
const TITLE = { height: 22, character: 8 };

interface DrawingProps {
  readonly laidOut: LaidOut;
  readonly view: Viewport;
  readonly screen: Size;
  readonly selected: string | undefined;
  readonly edgesByKey: ReadonlyMap<string, Edge>;
}

/** A label and the classes of its line. */
interface EdgeLabel extends Label {
  readonly look: string;
}

/** Frames, lines and boxes. */
export function Drawing(props: DrawingProps): JSX.Element {
  const { laidOut: { graph, layout }, view, screen, edgesByKey } = props;
  // Every node that is drawn was laid out.
  const boxOf = (id: string) => layout.nodes.get(id)!;
  const shows = (id: string) => layout.nodes.has(id) && isVisible(boxOf(id), view, screen);
  // A filter may hide the selected box.
  const selected = props.selected !== undefined && layout.nodes.has(props.selected)
    ? props.selected
    : undefined;
  const nodes = graph.nodes.filter(({ id }) => shows(id));
  const edges = graph.edges.filter(({ from, to }) => shows(from) || shows(to)).map((edge) => {
    const activity = activityOfEdge(edge, edgesByKey);
    return {
      edge,
      text: rateLabel(activity),
      look: edgeLook(edge, activity, selected),
      from: boxOf(edge.from),
      to: boxOf(edge.to),
    };
  });
  const isSimple = view.scale < READABLE || nodes.length > MANY_NODES;
  const hasLines = !isSimple && edges.length <= MANY_EDGES;
  const focusOf = focusing(edges, selected);
  const frames = [...layout.frames].filter(([, box]) => isVisible(box, view, screen));
  // Titles stay legible when the graph is small.
  const titleSize = Math.min(12 / Math.min(1, view.scale), 20);
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
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5L8 4L0 7.5z" class="arrow" />
        </marker>
      </defs>
      <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
        {frames.map(([module, { x, y, width, height }]) => (
          <rect key={module} class="frame" x={x} y={y} width={width} height={height} rx={8} />
        ))}
        {hasLines
          ? edges.map(({ edge, from, to, look }) => (
            <Line key={`${edge.from}\n${edge.to}\n${edge.reason}`} {...{ edge, from, to, look }} />
          ))
          : <ManyEdges edges={edges} />}
        {!isSimple && frames.map(([module, { x, y }]) => (
          <text
            key={module}
            class="frame-title"
            x={x + 12}
            y={y + 6 + titleSize}
            font-size={titleSize}
          >
            {titleOf(module)}
          </text>
        ))}
        {isSimple
          ? <ManyNodes {...{ nodes, boxOf }} />
          : nodes.map((node) => (
            <Node key={node.id} node={node} box={boxOf(node.id)} focus={focusOf(node.id)} />
          ))}
        {hasLines && (
          <Labels
            labels={edges.filter(({ text, look }) => text !== "" && !look.endsWith("far"))}
            obstacles={[
              ...nodes.map(({ id }) => boxOf(id)),
              ...frames.map(([module, { x, y }]) => ({
                x,
                y,
                width: 12 + titleOf(module).length * TITLE.character,
                height: TITLE.height,
              })),
            ]}
          />
        )}
        {isSimple && <FrameTitles frames={layout.frames} scale={view.scale} />}
        {isSimple && selected !== undefined && (
          <path class="many-selected" d={boxPath(boxOf(selected))} />
        )}
      </g>
    </svg>
  );
}

/** Rates beside their lines. */
function Labels({ labels, obstacles }: {
  readonly labels: readonly EdgeLabel[];
  readonly obstacles: readonly Box[];
}): JSX.Element {
  const places = placeLabels(labels, obstacles);
  return (
    <>
      {labels.map(({ text, look }, index) => (
        <g key={index} class={look}>
          <text x={places[index]?.x} y={(places[index]?.y ?? 0) - 3}>{text}</text>
        </g>
      ))}
    </>
  );
}

/** How boxes are related to the selected one; without one, all are alike. */
function focusing(
  edges: readonly { readonly edge: { readonly from: string; readonly to: string } }[],
  selected: string | undefined,
): (id: string) => Focus {
  if (selected === undefined) return () => "";
  const near = new Set(
    edges.flatMap(({ edge: { from, to } }) =>
      from === selected ? [to] : to === selected ? [from] : []
    ),
  );
  return (id) => id === selected ? "selected" : near.has(id) ? "near" : "far";
}
