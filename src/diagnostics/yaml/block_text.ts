/** Explains lines that probably belong to a block of text, `key: |`. */
import { indentationOf, type Line, lineAround, lineBefore } from "./lines.ts";
import type { Explanation } from "./problem.ts";

/** The maximum number of lines that are searched for the start of a block of text. */
const FARTHEST_BLOCK = 200;

/** The explanation for a line that is not indented like the block of text it belongs to. */
export function notIndented(text: string, at: number): Explanation | undefined {
  const line = lineAround(text, at);
  const indent = indentationOf(line.text).length;
  let first: Line | undefined;
  let above = lineBefore(text, line.start);
  for (let count = 0; above !== undefined && count < FARTHEST_BLOCK; count++) {
    if (/^---(?:\s|$)/.test(above.text)) return undefined;
    const header = /^(\s*)(?:- +)*([^\s#'"][^#'"]*?):[ \t]+[|>][-+0-9]*[ \t]*$/.exec(above.text);
    if (header !== null) {
      const least = header[1]?.length ?? 0;
      const begins = indentationOf((first ?? line).text).length;
      const isOfBlock = begins <= least || (indent > least && indent < begins);
      if (!isOfBlock) return undefined;
      const wrong = begins <= least ? first ?? line : line;
      return {
        problem: `The text of \`${header[2]}\` must be indented, and this line is not`,
        help: begins <= least
          ? `Indent every line of the text by at least ${least + 2} spaces`
          : `Indent it by at least ${begins} spaces, like the first line of the text`,
        range: { start: wrong.start + indentationOf(wrong.text).length, end: wrong.end },
      };
    }
    first = above;
    above = lineBefore(text, above.start);
  }
  return undefined;
}
