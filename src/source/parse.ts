/** Parses YAML. */
import { constructFromEvents, CORE_SCHEMA, mergeTag, parseEvents } from "js-yaml";
import type { Diagnostics } from "../contract/diagnostics.ts";
import { fail, formatPath } from "../contract/errors.ts";
import type { Limits } from "../contract/limits.ts";
import type { Value } from "../contract/resource.ts";
import type { ParsedDocument, SourceText } from "../contract/source.ts";

export function parseSource(source: SourceText, limits: Limits, diagnostics: Diagnostics): ParsedDocument[] {
  try {
    const events = parseEvents(source.text, { maxDepth: limits.nesting });
    const values = constructFromEvents(events, { source: source.text, schema: CORE_SCHEMA.withTags(mergeTag) });
    return values.map((value, index) => ({
      source,
      index,
      value: value as Value,
      originAt: (path) => ({ file: new URL(source.url).pathname, line: 1, column: 1, length: 0, path: formatPath(path) }),
    }));
  } catch (error) {
    diagnostics.error(fail("ERR_MANIFEST_INVALID", { problem: String(error) }));
    return [];
  }
}
