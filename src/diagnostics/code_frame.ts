/** The code frame of an error: its source line with the relevant part underlined. */
import type { Origin } from "../contract/errors.ts";
import { withoutPasswords } from "../contract/url_password.ts";
import { type Paint, visible } from "./style.ts";

const TAB = "    ";

/** How many columns of a source line are shown. */
const WIDTH = 100;

/** How many columns stay visible before the marked part of a clipped line. */
const LEAD = 30;

/** Characters that take two columns on a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** Characters that take no column. */
const ZERO_WIDTH = /\p{M}|[\u200b-\u200d\ufeff]/u;

/** The lines of the frame, without indent; none where the source is not at hand. */
export function codeFrame(
  { excerpt, line, column, length }: Origin,
  paint: Paint,
  redactSecrets: (text: string) => string,
): string[] {
  // The secrets of a manifest that could not be loaded are not known.
  const redact = (text: string) => redactSecrets(withoutPasswords(text));
  const marked = excerpt?.lines[line - excerpt.firstLine];
  if (excerpt === undefined || marked === undefined) return [];
  const before = excerpt.lines[line - excerpt.firstLine - 1];
  const gutter = String(line).length;
  const bar = (number: string, text: string) =>
    `${paint("blue", `${number.padStart(gutter)} |`)} ${text}`.trimEnd();
  const start = column - 1;
  // A redacted text has another length: each part is redacted for itself where it differs.
  const whole = redact(marked) === marked;
  const hide = whole ? (text: string) => text : redact;
  const shownPart = (from: number, to?: number) => flatten(hide(marked.slice(from, to)));
  const end = start + Math.max(length, 1);
  const [head, part] = [shownPart(0, start), shownPart(start, end)];
  const text = whole ? head + part + shownPart(end) : flatten(redact(marked));
  const from = columns(head);
  const { shown, offset } = clip(text, from);
  const carets = Math.max(1, Math.min(columns(part), WIDTH - (from - offset)));
  return [
    bar("", ""),
    ...(before === undefined
      ? []
      : [bar(String(line - 1), clip(flatten(redact(before)), 0).shown)]),
    bar(String(line), shown),
    bar("", " ".repeat(from - offset) + paint("red", "^".repeat(carets))),
  ];
}

function flatten(text: string): string {
  return visible(text.replaceAll("\t", TAB));
}

/** The width of `text` on a terminal, in columns. */
function columns(text: string): number {
  let count = 0;
  for (const character of text) {
    if (!ZERO_WIDTH.test(character)) count += WIDE.test(character) ? 2 : 1;
  }
  return count;
}

/** Clips a long line around column `at`; `offset` columns are removed before it. */
function clip(text: string, at: number): { shown: string; offset: number } {
  if (columns(text) <= WIDTH) return { shown: text, offset: 0 };
  const skip = at > WIDTH - LEAD ? at - LEAD : 0;
  let position = 0;
  let offset: number | undefined;
  let shown = "";
  for (const character of text) {
    if (position >= skip && position - skip < WIDTH) {
      // One column goes to the ellipsis.
      offset ??= skip === 0 ? 0 : position - 1;
      shown += character;
    }
    position += columns(character);
  }
  const ending = position - skip > WIDTH ? "…" : "";
  return { shown: (skip === 0 ? "" : "…") + shown + ending, offset: offset ?? 0 };
}
