/** Splits a line of YAML into parts of different colours. */

/** A part of a line; `plain` has no colour of its own. */
export interface Part {
  readonly type: "comment" | "key" | "expression" | "string" | "plain";
  readonly text: string;
}

const EXPRESSION = /\$\{\{(?:[^}]|\}(?!\}))*\}\}|\$\{[^{}][^}]*\}/g;

/**
 * One pass from left to right; what it does not know stays plain. Each alternative consumes at least
 * one character and none can match in two ways, so the time is linear.
 */
const PARTS =
  /(?<comment>(?<=^|\s)#.*)|(?<expression>\$\{\{(?:[^}]|\}(?!\}))*\}\}|\$\{[^{}][^}]*\})|(?<key>[$\w.-]+(?=:(?:\s|$)))|(?<string>(?<=^|[\s[{,:(])(?:"(?:[^"\\]|\\.)*"|'[^']*'))/g;

/** The parts of a line. */
export function highlight(line: string): readonly Part[] {
  // Nobody reads a line of this length, and colours would not help.
  if (line.length > 2000) return [{ type: "plain", text: line }];
  return split(line, PARTS, "plain", (match) => {
    const [type = "plain"] = Object.entries(match.groups ?? {}).find(([, text]) =>
      text !== undefined
    ) ?? [];
    return type === "string"
      ? split(match[0], EXPRESSION, "string", ([text]) => [{ type: "expression", text }])
      : [{ type: type as Part["type"], text: match[0] }];
  });
}

/** The parts that match, and between them parts of type `rest`. */
function split(
  text: string,
  pattern: RegExp,
  rest: Part["type"],
  partsOf: (match: RegExpExecArray) => readonly Part[],
): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ type: rest, text: text.slice(end, match.index) });
    parts.push(...partsOf(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ type: rest, text: text.slice(end) });
  return parts;
}
