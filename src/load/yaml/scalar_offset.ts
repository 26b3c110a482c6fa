/** Maps characters of a scalar's value to their positions in the source text. */
import type { ScalarEvent } from "js-yaml";
import type { TextPart } from "../../contract/source.ts";
import { SCALAR_STYLE } from "./js_yaml.js";

/** How many hexadecimal digits follow these escapes of double quotes. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Double-quote escapes for white space or for no character. */
const BLANK_ESCAPES = /[tnvfr _LP\t\r\n]/;

/**
 * The range in `text` of the characters `start` to `end` of a scalar's value. Folding, chomping
 * and indentation change only white space, so other characters are counted; a position in
 * white space becomes the position after the preceding character.
 */
export function rangeInScalar(
  event: ScalarEvent,
  text: string,
  value: string,
  start: number,
  end: number,
): TextPart {
  const positions = visiblePositions(event, text);
  const before = countVisible(value, start);
  const from = isVisible(value.charAt(start))
    ? positions[before]
    : afterVisible(positions, before, event.valueStart);
  const last = positions[countVisible(value, end) - 1];
  const begin = Math.min(from ?? event.valueEnd, text.length);
  return { start: begin, end: Math.max(begin + 1, (last ?? begin) + 1) };
}

function afterVisible(positions: readonly number[], count: number, first: number): number {
  return count === 0 ? first : (positions[count - 1] ?? first) + 1;
}

/** The position of each character that is not white space. */
function visiblePositions({ style, valueStart, valueEnd }: ScalarEvent, text: string): number[] {
  const positions: number[] = [];
  for (let at = valueStart; at < valueEnd; at++) {
    const char = text.charAt(at);
    if (style === SCALAR_STYLE.DOUBLE_QUOTED && char === "\\") {
      const escape = text.charAt(at + 1);
      const digits = HEX_DIGITS[escape] ?? 0;
      const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
      const decoded = digits === 0 ? escape : String.fromCodePoint(code);
      if (digits > 0 ? isVisible(decoded) : !BLANK_ESCAPES.test(escape)) {
        // A character beyond 16 bits has two units.
        for (let unit = 0; unit < decoded.length; unit++) positions.push(at);
      }
      at += 1 + digits;
    } else if (isVisible(char)) {
      positions.push(at);
      if (style === SCALAR_STYLE.SINGLE_QUOTED && char === "'") at++;
    }
  }
  return positions;
}

function countVisible(value: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end && at < value.length; at++) if (isVisible(value.charAt(at))) count++;
  return count;
}

function isVisible(char: string): boolean {
  return char !== "" && !/\s/.test(char);
}
