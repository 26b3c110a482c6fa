/** The lines between boxes, and where their labels are. */
import type { Box } from "./layout.ts";
import { round } from "./viewport.ts";

/** A point of the graph. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A cubic Bézier curve: where it begins, two control points, and where it ends. */
type Curve = readonly [start: Point, first: Point, second: Point, end: Point];

/** Boxes above each other that are nearer than this are connected straight. */
const NEAR = 90;

/** The height of a label, and the width of one of its characters. */
const LABEL = { height: 13, character: 6.2 };

/** Places of a label on its line, in the order in which they are tried. */
const PLACES = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];

/** Leaves and reaches the boxes at the sides that face each other. */
function curve(from: Box, to: Box): Curve {
  const start = { x: from.x + from.width / 2, y: from.y + from.height / 2 };
  const end = { x: to.x + to.width / 2, y: to.y + to.height / 2 };
  const right = { start: from.x + from.width, end: to.x + to.width };
  if (right.start <= to.x) return sideways({ ...start, x: right.start }, { ...end, x: to.x }, 1);
  if (right.end <= from.x) return sideways({ ...start, x: from.x }, { ...end, x: right.end }, -1);
  const down = to.y > from.y;
  const [y1, y2] = down ? [from.y + from.height, to.y] : [from.y, to.y + to.height];
  const gap = Math.abs(y2 - y1);
  if (gap < NEAR) {
    const bend = (y2 - y1) / 2;
    return [{ ...start, y: y1 }, { ...start, y: y1 + bend }, { ...end, y: y2 - bend }, {
      ...end,
      y: y2,
    }];
  }
  // Beside the boxes that may be between them.
  const x = Math.max(right.start, right.end) + 24 + Math.min(60, gap / 10);
  return [{ ...start, x: right.start }, { ...start, x }, { ...end, x }, { ...end, x: right.end }];
}

function sideways(start: Point, end: Point, direction: 1 | -1): Curve {
  const bend = direction * Math.max(14, Math.min(160, Math.abs(end.x - start.x) / 2));
  return [start, { ...start, x: start.x + bend }, { ...end, x: end.x - bend }, end];
}

/** The path of the line between two boxes. */
export function edgePath(from: Box, to: Box): string {
  const [start, ...rest] = curve(from, to).map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `M${start}C${rest.join(" ")}`;
}

/** The point at a part of the line between two boxes. */
export function pointOn(from: Box, to: Box, part: number): Point {
  const rest = 1 - part;
  const weights = [rest ** 3, 3 * rest ** 2 * part, 3 * rest * part ** 2, part ** 3];
  return curve(from, to).reduce((sum, { x, y }, index) => {
    const weight = weights[index] ?? 0;
    return { x: sum.x + x * weight, y: sum.y + y * weight };
  }, { x: 0, y: 0 });
}

/** A label and the boxes whose line it belongs to. */
export interface Label {
  readonly text: string;
  readonly from: Box;
  readonly to: Box;
}

/** Where labels are: on their lines, where possible beside `obstacles` and other labels. */
export function placeLabels(labels: readonly Label[], obstacles: readonly Box[]): readonly Point[] {
  const taken = [...obstacles];
  return labels.map(({ text, from, to }) => {
    const candidates = PLACES.map((part) => pointOn(from, to, part));
    const isFree = (point: Point) => !taken.some((box) => overlap(box, boxOfLabel(text, point)));
    const place = candidates.find(isFree) ?? pointOn(from, to, 0.5);
    taken.push(boxOfLabel(text, place));
    return place;
  });
}

function boxOfLabel(text: string, { x, y }: Point): Box {
  const width = text.length * LABEL.character;
  return { x: x - width / 2, y: y - LABEL.height, width, height: LABEL.height };
}

/** True for boxes that have a part in common. */
export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
    b.y < a.y + a.height;
}
