/** How the path of a field is written for people: in errors, warnings, the CLI, editors and the inspector. */
import type { Path } from "./resource.ts";

/** Formats a path with its root: `$.routes[2].path`. */
export function formatPath(path: Path): string {
  let text = "$";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/**
 * Formats a path as authors write it: `routes[2].path`. It is empty for an empty path.
 *
 * @example
 * formatField(["items", 0, "sku"]); // "items[0].sku"
 */
export function formatField(path: Path): string {
  return formatPath(path).replace(/^\$\.?/, "");
}
