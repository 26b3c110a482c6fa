/** Locates errors in the code of a script, at the same place on every runtime. */
import type { Node } from "acorn";
import type { Origin, TextPart } from "../../contract/author.ts";

/** Returns the place in the manifest that threw an error; `undefined` if it was not the script. */
export type LocateThrown = (thrown: unknown) => Promise<Origin | undefined>;

/** Lines that `new Function` inserts before the code, on every runtime. */
const LINES_BEFORE = 2;

/** Maximum number of cached places, so that thrown errors cannot fill the memory. */
const MOST_PLACES = 1_000;

/** Creates a function that locates errors of `code` and caches their places. */
export function thrownIn(
  code: string,
  urn: string,
  originAt: (part: TextPart) => Origin | undefined,
): LocateThrown {
  const origins = new Map<number, Origin | undefined>();
  return async (thrown) => {
    const offset = offsetOf(thrown, code, urn);
    if (offset === undefined) return undefined;
    if (!origins.has(offset)) {
      if (origins.size >= MOST_PLACES) origins.clear();
      origins.set(offset, originAt(nameIn(code, offset, thrown) ?? await partAt(code, offset)));
    }
    return origins.get(offset);
  };
}

/** The offset of the innermost stack frame in the code of the script. */
function offsetOf(thrown: unknown, code: string, urn: string): number | undefined {
  const stack = thrown instanceof Error ? String(thrown.stack) : "";
  for (const frame of stack.split("\n")) {
    const at = frame.indexOf(urn);
    if (at < 0) continue;
    // Deno writes the name of the source, a comma and `<anonymous>`.
    const place = /^(?:, <anonymous>)?:(\d+):(\d+)/.exec(frame.slice(at + urn.length));
    if (place === null) continue;
    const lines = code.split("\n");
    const line = Number(place[1]) - LINES_BEFORE - 1;
    if (line < 0 || line >= lines.length) continue;
    const before = lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
    return before + Math.min(Number(place[2]) - 1, lines[line]?.length ?? 0);
  }
  return undefined;
}

/** The unknown name of a `ReferenceError`, since runtimes point at different characters around it. */
function nameIn(code: string, offset: number, thrown: unknown): TextPart | undefined {
  const name = thrown instanceof ReferenceError
    ? /^(?:Can't find variable: )?([\w$]+)(?: is not defined)?/.exec(thrown.message)?.[1]
    : undefined;
  if (name === undefined) return undefined;
  const start = code.lastIndexOf("\n", offset - 1) + 1;
  const [line = ""] = code.slice(start).split("\n", 1);
  const at = line.search(new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`));
  return at === -1 ? undefined : { start: start + at, end: start + at + name.length };
}

/**
 * The expression that failed. V8 and JavaScriptCore report different characters of it, its first
 * one or the bracket of a call, but the innermost expression around either is the same.
 */
async function partAt(code: string, offset: number): Promise<TextPart> {
  const { parse } = await import("acorn");
  try {
    const program = parse(code, { ecmaVersion: "latest", allowReturnOutsideFunction: true });
    const found = innermost(program, offset);
    if (found !== undefined) return found;
  } catch {
    // The parser may not support the newest syntax; point at the character of the runtime then.
  }
  return { start: offset, end: offset + 1 };
}

function innermost(node: Node, offset: number): TextPart | undefined {
  if (offset < node.start || offset >= node.end) return undefined;
  const { type, callee, property, computed } = node as Node & {
    readonly callee?: Node;
    readonly property?: Node;
    readonly computed?: boolean;
  };
  for (const child of childrenOf(node)) {
    // The name of a field is not an expression.
    if (child === property && computed === false) continue;
    const found = innermost(child, offset);
    if (found !== undefined) return found;
  }
  const isExpression = type === "Identifier" || /Expression$/.test(type);
  if (!isExpression || /Function/.test(type)) return undefined;
  return { start: node.start, end: callee?.end ?? node.end };
}

function* childrenOf(node: Node): Iterable<Node> {
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item?.type === "string" && typeof item.start === "number") yield item as Node;
    }
  }
}
