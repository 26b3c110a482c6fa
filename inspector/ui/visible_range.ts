/** Which rows of a long table exist. */

/** The height of every row, in pixels; the style sheet has the same number. */
export const ROW_HEIGHT = 28;

/** Rows beyond the visible ones, so that scrolling does not show gaps. */
const MARGIN = 8;

/** The rows that are visible, and some more. */
export function visibleRange(
  top: number,
  height: number,
  rows: number,
): { readonly first: number; readonly end: number } {
  // A list that became shorter may leave the position behind its end until the browser corrects it.
  const start = Math.min(Math.floor(top / ROW_HEIGHT), Math.max(0, rows - 1));
  return {
    first: Math.max(0, start - MARGIN),
    end: Math.min(rows, Math.max(0, start) + Math.ceil(height / ROW_HEIGHT) + MARGIN),
  };
}
