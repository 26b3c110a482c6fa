/** What the complete parser reads, which the reader of simple documents must agree with. */
import { parseEvents } from "js-yaml";
import { DEFAULT_LIMITS } from "../../../../src/contract/limits.ts";
import type { Value } from "../../../../src/contract/resource.ts";
import { constructDocuments } from "../../../../src/load/yaml/construct.ts";

/** The value of a string that is one document, in a list of its own; `undefined` for any other string. */
export function readComplete(text: string): readonly [Value] | undefined {
  const documents: [Value, number][] = [];
  let isSound = true;
  try {
    constructDocuments({ text, events: parseEvents(text, {}) }, {
      limits: DEFAULT_LIMITS,
      report: () => isSound = false,
      onDocument: (value, root) => void documents.push([value ?? null, root]),
    });
  } catch {
    return undefined;
  }
  const [[value, root] = []] = documents;
  return isSound && documents.length === 1 && root === 1 ? [value!] : undefined;
}
