/** Boxes and lines of which there are too many for an element each. */
import type { JSX } from "preact";
import { stateOfNode } from "./activity.ts";
import type { Box } from "./layout.ts";
import { edgePath, overlap } from "./lines.ts";
import { titleOf, type ViewNode } from "./model.ts";
import { boxPath } from "./viewport.ts";

/** All lines of the same look as one path. */
export function ManyEdges({ edges }: {
  readonly edges: readonly { readonly from: Box; readonly to: Box; readonly look: string }[];
}): JSX.Element {
  const paths = new Map<string, string[]>();
  for (const { from, to, look } of edges) append(paths, look, edgePath(from, to));
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

/** All boxes of the same state as one path. */
export function ManyNodes({ nodes, boxOf }: {
  readonly nodes: readonly ViewNode[];
  readonly boxOf: (id: string) => Box;
}): JSX.Element {
  const paths = new Map<string, string[]>();
  for (const node of nodes) {
    const look = `state-${stateOfNode(node)}${node.isContext ? " context" : ""}`;
    append(paths, look, boxPath(boxOf(node.id)));
  }
  return (
    <>
      {[...paths].map(([look, parts]) => (
        <path key={look} class={`many-nodes ${look}`} d={parts.join("")} />
      ))}
    </>
  );
}

function append(paths: Map<string, string[]>, look: string, part: string): void {
  const parts = paths.get(look);
  if (parts === undefined) paths.set(look, [part]);
  else parts.push(part);
}

/** Titles over boxes that are too small to read anyway; those of small frames give way. */
export function FrameTitles({ frames, scale }: {
  readonly frames: ReadonlyMap<string, Box>;
  readonly scale: number;
}): JSX.Element {
  const size = 12 / scale;
  const taken: Box[] = [];
  const titles = [...frames].sort(([, a], [, b]) => b.width * b.height - a.width * a.height)
    .map(([module, { x, y }]) => {
      const title = titleOf(module);
      const width = title.length * size * 0.65;
      return { title, box: { x, y: y - size * 0.6, width, height: size * 1.2 } };
    })
    .filter(({ box }) => {
      const isFree = !taken.some((other) => overlap(other, box));
      if (isFree) taken.push(box);
      return isFree;
    });
  return (
    <g class="frame-titles" font-size={size} stroke-width={size / 3}>
      {titles.map(({ title, box }) => <text key={title} x={box.x} y={box.y + size}>{title}</text>)}
    </g>
  );
}
