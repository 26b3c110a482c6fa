/** Converts offsets in a source text to lines and columns. */
import { type Origin } from "../contract/errors.ts";
import { formatPath } from "../contract/field_path.ts";
import type { Path } from "../contract/resource.ts";
import type { RenamedText, SourceText } from "../contract/source.ts";

const LINES_BEFORE = 2;
/** Multi-line strings start before the part that an error is about. */
const LINES_AFTER = 12;

/** Line starts by source, cached because errors often come in clusters. */
const lineStarts = new WeakMap<SourceText, readonly number[]>();

/** The place of `length` code units at `offset`, cut off at the end of their line. */
export function originAtOffset(
  source: SourceText,
  offset: number,
  length: number,
  path: Path = [],
): Origin {
  const { renamed } = source;
  if (renamed !== undefined) {
    const start = originalOffset(renamed, offset);
    const end = originalOffset(renamed, offset + length);
    return originAtOffset(renamed.original, start, end - start, path);
  }
  const starts = lineStartsOf(source);
  const at = Math.min(offset, source.text.length);
  const index = lineOf(starts, at);
  const first = Math.max(0, index - LINES_BEFORE);
  const last = Math.min(starts.length - 1, index + LINES_AFTER);
  const lines: string[] = [];
  for (let line = first; line <= last; line++) lines.push(lineText(source.text, starts, line));
  // The line is one of the source.
  const column = at - starts[index]!;
  return {
    file: pathOf(source.url),
    line: index + 1,
    column: column + 1,
    length: Math.max(0, Math.min(length, (lines[index - first]?.length ?? 0) - column)),
    path: formatPath(path),
    excerpt: { firstLine: first + 1, lines },
  };
}

/** The position in a file of a position in its renamed text. */
function originalOffset({ ends, growth, original }: RenamedText, offset: number): number {
  let count = 0;
  while (count < ends.length && ends[count]! <= offset) count++;
  return Math.max(0, Math.min(offset - count * growth, original.text.length));
}

/** The absolute path of a `file:` URL, for people; any other URL as it is. */
export function pathOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  const { host, pathname } = new URL(url);
  let path = pathname;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    // A stray % is part of the name.
  }
  if (host !== "") return `//${host}${path}`;
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function lineStartsOf(source: SourceText): readonly number[] {
  let starts = lineStarts.get(source);
  if (starts === undefined) {
    starts = findLineStarts(source.text);
    lineStarts.set(source, starts);
  }
  return starts;
}

/** YAML ends a line at a line feed, a carriage return, or both together. */
function findLineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    // The middle is between two lines of the source.
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineText(text: string, starts: readonly number[], line: number): string {
  return text.slice(starts[line], starts[line + 1]).replace(/[\r\n]+$/, "");
}
