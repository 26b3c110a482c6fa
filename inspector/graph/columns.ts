/** Places boxes in columns that fill the shape of a screen. */
import type { Box } from "./layout.ts";

type Size = Pick<Box, "height" | "width">;
type Sizes = readonly (readonly [string, Size])[];

/** Boxes with the size of all of them together. */
export interface Placed extends Size {
  readonly boxes: ReadonlyMap<string, Box>;
}

/** How much higher than its highest box the columns are tried. */
const HEIGHTS = [1, 1.25, 1.5, 2, 3];

/** The height of the smallest screen that shows something at its natural size. */
export function extent({ width, height }: Size, aspect: number): number {
  return Math.max(width / aspect, height);
}

/** Columns from left to right that keep the order, as high as fits the screen at the largest scale. */
export function placeInFullColumns(
  sizes: Sizes,
  aspect: number,
  gaps: { readonly between: number; readonly within: number },
): Placed {
  const highest = Math.max(0, ...sizes.map(([, { height }]) => height));
  return HEIGHTS.map((factor) => fillColumns(sizes, highest * factor, gaps))
    .reduce((best, one) => extent(one, aspect) < extent(best, aspect) ? one : best);
}

function fillColumns(
  sizes: Sizes,
  limit: number,
  { between, within }: { readonly between: number; readonly within: number },
): Placed {
  const boxes = new Map<string, Box>();
  let [left, top, right, bottom] = [0, 0, 0, 0];
  for (const [id, { width, height }] of sizes) {
    if (top > 0 && top + height > limit) {
      left = right + between;
      top = 0;
    }
    boxes.set(id, { x: left, y: top, width, height });
    right = Math.max(right, left + width);
    bottom = Math.max(bottom, top + height);
    top += height + within;
  }
  return { boxes, width: right, height: bottom };
}
