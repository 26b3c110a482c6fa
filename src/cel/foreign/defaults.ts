/** How defaults of values that may be missing are written. */

/** A path at the end: `order.address.city`. */
const PATH = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

const CONSTANTS: ReadonlySet<string> = new Set(["null", "true", "false", "undefined", "None"]);

/** The path that ends `text`, as the value before a dot and the field after it. */
function lastPath(text: string): { readonly of: string; readonly field: string } | undefined {
  const path = PATH.exec(text.trimEnd())?.[0];
  if (path === undefined || CONSTANTS.has(path)) return undefined;
  const dot = path.lastIndexOf(".");
  return { of: path.slice(0, Math.max(0, dot)), field: path.slice(dot + 1) };
}

/** How a default is written for the value whose text ends `left`. */
export function defaultHelp(left: string, right: string): string {
  const value = /^\s*('[^']*'|"[^"]*"|[\w.]+)\s*\)?\s*$/.exec(right)?.[1] ?? "'a default'";
  const path = lastPath(left);
  // A variable is always there, so it can only be null.
  if (path?.of === "") return `Write ${path.field} != null ? ${path.field} : ${value}`;
  const { of, field } = path ?? { of: "x", field: "field" };
  return `Write ${of}.?${field}.orValue(${value})`;
}

/** How `a?.b` and `a?.b()` are written; the texts are those around the `?.`. */
export function optionalHelp(left: string, right: string): string {
  const [, name, call] = /^([A-Za-z_]\w*)(\()?/.exec(right) ?? [];
  const tested = /\bhas\(\s*([\w.]+)$/.exec(left)?.[1];
  if (tested !== undefined) return `Write has(${tested}.${name ?? "field"})`;
  const path = lastPath(left);
  if (call !== undefined && path !== undefined) {
    const text = path.of === "" ? path.field : `${path.of}.${path.field}`;
    const test = path.of === "" ? `${text} != null` : `has(${text})`;
    return `Write ${test} ? ${text}.${name}(…) : 'a default'`;
  }
  const of = path === undefined ? "x" : path.of === "" ? path.field : `${path.of}.?${path.field}`;
  return `Write ${of}.?${name ?? "field"}.orValue('a default')`;
}
