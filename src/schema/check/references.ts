/** Checks the `$ref` keyword: the target of a local reference must exist. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import { parseUrn } from "../../contract/urn.ts";
import { type KeywordCheck, report, sortOf } from "./problems.ts";

/** Local references such as `#/$defs/Name` are followed; the loader resolves those to resources. */
export const checkReference: KeywordCheck = (check, value) => {
  if (typeof value !== "string") {
    report(
      check,
      `\`$ref\` must be a string, and it is ${sortOf(value)}`,
      "Write a reference such as '#/$defs/Name' or Data.Type.Name",
    );
  } else if (value.startsWith("#/") && !hasOwnBase(check.root)) {
    const missing = followPointer(check.root, value);
    const type = /^#\/([A-Z]\w*)$/.exec(value)?.[1];
    const help = type === undefined ? missing : `For a resource write $ref: Data.Type.${type}`;
    if (missing !== undefined) report(check, `"${value}" does not exist`, help);
  } else if (!value.includes("#") && !value.includes(":") && parseUrn(value) === undefined) {
    const help = "Write '#/$defs/Name' for a part of this schema, or Data.Type.Name for a resource";
    report(check, `"${value}" is not a reference`, help);
  }
};

/** True if an `$id` changes the base of references, which only the compiler resolves. */
function hasOwnBase(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (!Array.isArray(node) && typeof (node as { $id?: unknown }).$id === "string") return true;
  return Object.values(node).some(hasOwnBase);
}

/** The help for a JSON pointer without a target; `undefined` if it has one. */
function followPointer(root: unknown, pointer: string): string | undefined {
  let node = root;
  let walked = "#";
  for (const step of pointer.slice(2).split("/")) {
    const name = decode(step);
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) {
      const names = typeof node === "object" && node !== null ? Object.keys(node) : [];
      const near = didYouMean(name, names);
      return near ??
        (names.length === 0
          ? `There is nothing below ${walked}`
          : `${walked} has: ${names.slice(0, MOST_NAMES).join(", ")}`);
    }
    node = (node as Record<string, unknown>)[name];
    walked += `/${step}`;
  }
  return undefined;
}

const MOST_NAMES = 12;

function decode(step: string): string {
  const plain = step.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain; // A stray % is part of the name.
  }
}
