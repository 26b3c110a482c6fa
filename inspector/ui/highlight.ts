/** Splits a line of YAML into parts of different colours. */

/** A part of a line; `plain` has no colour of its own. */
export interface Part {
  readonly type: "comment" | "key" | "expression" | "string" | "plain";
  readonly text: string;
}

/**
 * One pass from left to right; what it does not know stays plain. Each alternative consumes at least
 * one character and none can match in two ways, so the time is linear.
 */
const PARTS =
  /(?<comment>(?<=^|\s)#.*)|(?<expression>\$\{\{?(?:[^}]|\}(?!\}))*\}\}|\$\{[^}]*\})|(?<key>[$\w.-]+(?=:(?:\s|$)))|(?<string>"(?:[^"\\$]|\\.)*"|'[^'$]*')/g;

/** The parts of a line. */
export function highlight(line: string): readonly Part[] {
  // Nobody reads a line of this length, and colours would not help.
  if (line.length > 2000) return [{ type: "plain", text: line }];
  const parts: Part[] = [];
  let end = 0;
  for (const match of line.matchAll(PARTS)) {
    if (match.index > end) parts.push({ type: "plain", text: line.slice(end, match.index) });
    const found = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined);
    const [type = "plain"] = found ?? [];
    parts.push({ type: type as Part["type"], text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < line.length) parts.push({ type: "plain", text: line.slice(end) });
  return parts;
}
