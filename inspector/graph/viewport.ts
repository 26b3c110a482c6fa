/** Which part of the graph is on the screen, and where things of the graph are. */
import type { Box } from "./layout.ts";

/** The part that is shown: a point of the graph is at `x + scale * point`. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** The size of the screen. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const MIN_SCALE = 0.01;
const MAX_SCALE = 2.5;
const MARGIN = 20;

/** The smallest text has about ten pixels at this scale. */
const READABLE_SCALE = 0.8;

/** Everything a little smaller is worth more than a part. */
const LEAST_SCALE = 0.72;

/** Everything, at its natural size at most. */
export function fitAll(content: Size, screen: Size): Viewport {
  const free = freeSize(screen);
  const scale = Math.min(
    free.width / Math.max(1, content.width),
    free.height / Math.max(1, content.height),
    1,
  );
  return inTheMiddle(content, screen, clamp(scale));
}

/** Everything, or at a scale at which its text can be read, the part where it begins. */
export function fitReadable(content: Size, screen: Size): Viewport {
  const all = fitAll(content, screen);
  return all.scale < LEAST_SCALE ? inTheMiddle(content, screen, READABLE_SCALE) : all;
}

/** Content in the middle of the screen, or from its upper left corner if it is larger. */
function inTheMiddle(content: Size, screen: Size, scale: number): Viewport {
  const free = freeSize(screen);
  return {
    x: MARGIN + Math.max(0, (free.width - content.width * scale) / 2),
    y: MARGIN + Math.max(0, (free.height - content.height * scale) / 2),
    scale,
  };
}

function freeSize({ width, height }: Size): Size {
  return { width: width - 2 * MARGIN, height: height - 2 * MARGIN };
}

/** Zooms so that the point of the graph at `x` and `y` of the screen stays there. */
export function zoomAt(view: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = clamp(view.scale * factor);
  const ratio = scale / view.scale;
  return { x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio, scale };
}

/** Moves the view so that a box is on the screen; the same view if it is. */
export function reveal(view: Viewport, box: Box, screen: Size): Viewport {
  const left = view.x + box.x * view.scale;
  const top = view.y + box.y * view.scale;
  const x = shift(left, left + box.width * view.scale, screen.width);
  const y = shift(top, top + box.height * view.scale, screen.height);
  return x === 0 && y === 0 ? view : { ...view, x: view.x + x, y: view.y + y };
}

/** Shows a box in the middle of the screen, large enough to read. */
export function centre(view: Viewport, box: Box, screen: Size): Viewport {
  const scale = Math.max(view.scale, 0.8);
  return {
    x: screen.width / 2 - (box.x + box.width / 2) * scale,
    y: screen.height / 2 - (box.y + box.height / 2) * scale,
    scale,
  };
}

/** True if a part of a box is on the screen. */
export function isVisible(box: Box, view: Viewport, screen: Size): boolean {
  const left = view.x + box.x * view.scale;
  const top = view.y + box.y * view.scale;
  return left < screen.width && top < screen.height && left + box.width * view.scale > 0 &&
    top + box.height * view.scale > 0;
}

/** The box at a point of the screen. */
export function boxAt(
  boxes: ReadonlyMap<string, Box>,
  view: Viewport,
  x: number,
  y: number,
): string | undefined {
  const [left, top] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
  for (const [id, box] of boxes) {
    if (left >= box.x && left <= box.x + box.width && top >= box.y && top <= box.y + box.height) {
      return id;
    }
  }
  return undefined;
}

/** A direction, by the key that means it. */
export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** The nearest box in a direction; distance across the direction counts twice. */
export function neighbourOf(
  boxes: ReadonlyMap<string, Box>,
  from: string,
  direction: Direction,
): string | undefined {
  const start = boxes.get(from);
  if (start === undefined) return boxes.keys().next().value;
  const isHorizontal = direction === "ArrowLeft" || direction === "ArrowRight";
  const sign = direction === "ArrowRight" || direction === "ArrowDown" ? 1 : -1;
  let nearest: string | undefined;
  let least = Infinity;
  for (const [id, box] of boxes) {
    const dx = box.x + box.width / 2 - (start.x + start.width / 2);
    const dy = box.y + box.height / 2 - (start.y + start.height / 2);
    const [along, across] = isHorizontal ? [dx * sign, Math.abs(dy)] : [dy * sign, Math.abs(dx)];
    const distance = along + across * 2;
    if (along > 1 && distance < least) {
      nearest = id;
      least = distance;
    }
  }
  return nearest;
}

/** The path of a rectangle. */
export function boxPath({ x, y, width, height }: Box): string {
  return `M${round(x)} ${round(y)}h${width}v${height}h${-width}z`;
}

function shift(start: number, end: number, limit: number): number {
  if (start < MARGIN) return MARGIN - start;
  return end > limit - MARGIN ? limit - MARGIN - end : 0;
}

function clamp(scale: number): number {
  return Math.max(MIN_SCALE, Math.min(MAX_SCALE, scale));
}

/** A coordinate as short as a picture needs. */
export function round(number: number): number {
  return Math.round(number * 10) / 10;
}
