/** Isolates the scripts of an app that do not say whether they are. */
import { isMap, type ValueMap } from "../contract/resource.ts";
import type { KindEntry, KindTable } from "./registry/kinds.ts";

/** The fields with scripts of a kind that can isolate them. */
interface ScriptFields {
  /** Fields with code, which an interpreter of its own can run. */
  readonly code: readonly string[];
  /** Fields with the path of a file, which a process can import. */
  readonly file: readonly string[];
}

/** The field that isolates a script. */
const ISOLATE = "isolate";

/** The fields with scripts of a kind, by its schema or that of the kind that serves it. */
function scriptFields(entry: KindEntry, kinds: KindTable): ScriptFields | undefined {
  const code: string[] = [];
  const file: string[] = [];
  let canIsolate = false;
  for (const { schema } of [entry, kinds.get(entry.servedBy) ?? entry]) {
    const properties = isMap(schema as ValueMap) ? (schema as ValueMap)["properties"] : undefined;
    for (
      const [name, property] of Object.entries(
        properties !== undefined && isMap(properties) ? properties : {},
      )
    ) {
      if (name === ISOLATE) canIsolate = true;
      if (!isMap(property)) continue;
      if (String(property["contentMediaType"]).startsWith("text/javascript")) code.push(name);
      if (property["digly:file"] === "module") file.push(name);
    }
  }
  return canIsolate && code.length + file.length > 0 ? { code, file } : undefined;
}

/**
 * Isolates the scripts of a kind that do not say whether they are: code in an interpreter, files in a
 * process. `undefined` for a kind without scripts.
 */
export function isolateByDefault(
  entry: KindEntry,
  kinds: KindTable,
): ((fields: ValueMap) => ValueMap) | undefined {
  const scripts = scriptFields(entry, kinds);
  if (scripts === undefined) return undefined;
  return (fields) => {
    if (fields[ISOLATE] !== undefined) return fields;
    if (scripts.code.some((name) => fields[name] !== undefined)) {
      return { ...fields, [ISOLATE]: true };
    }
    const isFile = scripts.file.some((name) => fields[name] !== undefined);
    return isFile ? { ...fields, [ISOLATE]: "process" } : fields;
  };
}
