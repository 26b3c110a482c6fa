/** Line-based inspection of YAML text, for explaining syntax errors. */

/** A line of a string, without its line break. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The line that contains `at`. */
export function lineAround(text: string, at: number): Line {
  const start = Math.max(text.lastIndexOf("\n", at - 1), text.lastIndexOf("\r", at - 1)) + 1;
  const length = text.slice(at).search(/[\r\n]/);
  const end = length === -1 ? text.length : at + length;
  return { start: at === 0 ? 0 : start, end, text: text.slice(at === 0 ? 0 : start, end) };
}

/** The nearest line before the one that contains `at` that is neither empty nor a comment. */
export function lineBefore(text: string, at: number): Line | undefined {
  let line = lineAround(text, at);
  while (line.start > 0) {
    line = lineAround(text, line.start - 1);
    if (/^\s*[^\s#]/.test(line.text)) return line;
  }
  return undefined;
}

/** The white space a line begins with. */
export function indentationOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** The form of the first expression outside quotes. */
export function unquotedExpression(text: string): "${{" | "${" | undefined {
  const open: Record<string, boolean> = { '"': false, "'": false };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char in open) open[char] = !open[char];
    else if (char === "$" && text[at + 1] === "{" && !open['"'] && !open["'"]) {
      return text[at + 2] === "{" ? "${{" : "${";
    }
  }
  return undefined;
}

const FARTHEST = 1000;

/** The position of the quote or bracket that is still open at `at`. */
export function findOpener(text: string, at: number): number | undefined {
  let closed = 0;
  let line: Line | undefined = lineAround(text, at);
  for (let count = 0; line !== undefined && count < FARTHEST; count++) {
    const open = openIn(text.slice(line.start, Math.min(line.end, at)));
    closed += open.closed;
    for (let last = open.at.pop(); last !== undefined; last = open.at.pop()) {
      if (closed === 0) return line.start + last;
      closed--;
    }
    line = lineBefore(text, line.start);
  }
  return undefined;
}

/** Quotes and brackets that a line leaves open, and the number it closes from earlier lines. */
function openIn(line: string): { at: number[]; closed: number } {
  const open: number[] = [];
  let closed = 0;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    const mayBegin = /(?:^|[\s[{,:])$/.test(line.slice(Math.max(0, at - 1), at));
    if ((char === '"' || char === "'") && mayBegin) {
      const end = endOfQuoted(line, at);
      if (end === -1) return { at: [...open, at], closed };
      at = end;
    } else if (char === "#" && mayBegin) {
      break;
    } else if ((char === "[" || char === "{") && (mayBegin || open.length > 0)) {
      open.push(at);
    } else if (char === "]" || char === "}") {
      if (open.pop() === undefined) closed++;
    }
  }
  return { at: open, closed };
}

function endOfQuoted(line: string, at: number): number {
  const quote = line[at];
  for (let next = at + 1; next < line.length; next++) {
    if (quote === '"' && line[next] === "\\") next++;
    else if (quote === "'" && line.startsWith("''", next)) next++;
    else if (line[next] === quote) return next;
  }
  return -1;
}
