/**
 * Reads `runtime.yaml` and `module.yaml`: the first document of the file.
 */
import { fail, type Origin } from "../../contract/errors.ts";
import type {
  ControllerEntry,
  DefinitionPath,
  ImportPath,
  ManifestPath,
  ModuleManifest,
} from "../../contract/manifest.ts";
import {
  DEFINITION_ENTRY_SCHEMA,
  IMPORT_SCHEMA,
  keysOf,
  MANIFEST_SCHEMA,
} from "../../contract/manifest_schema.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { ParsedDocument, SourceText } from "../../contract/source.ts";
import { readEntries } from "./controller_entries.ts";
import {
  checkKeys,
  type Fields,
  nameOf,
  readList,
  readMap,
  readRequired,
  readText,
  reportField,
  withLazyOrigin,
  withoutExpression,
} from "../yaml/fields.ts";
import { type Environment, interpolateEnv } from "./interpolate_env.ts";
import { readLimits } from "./manifest_limits.ts";
import { nameOfFolder, readAlias, readName } from "./module_name.ts";
import { meetsRequirements } from "./requires.ts";
import { originAtOffset, pathOf } from "../../diagnostics/origin.ts";
import { documentsOf, type ParseOptions } from "../yaml/parsed_sources.ts";
import { describe } from "../yaml/shape.ts";

/** Options of {@link readModuleManifest}. */
export interface ManifestOptions extends ParseOptions {
  /** For `${{ env.X }}` in `imports` and `resources`. */
  readonly env: Environment;
  /** The version of Digly, for `requires`. */
  readonly version: string;
}

const KEYS = keysOf(MANIFEST_SCHEMA);
const DEFINITION_KEYS = keysOf(DEFINITION_ENTRY_SCHEMA);
const IMPORT_KEYS = keysOf(IMPORT_SCHEMA);

/**
 * The manifest in a source text. Reports `ERR_MANIFEST_INVALID` if there is none, and
 * `ERR_MODULE_INVALID` for what is wrong in it; what can be read is returned.
 */
export function readModuleManifest(source: SourceText, options: ManifestOptions): ModuleManifest {
  const { manifest, documents } = findManifest(source, options);
  const empty = {
    url: source.url,
    folder: new URL(".", source.url).href,
    name: nameOfFolder(source.url),
    ownName: nameOfFolder(source.url),
    version: undefined,
    description: undefined,
    imports: [],
    definitions: [],
    entrypoints: [],
    importEntrypoints: new Map(),
    resources: [],
    limits: undefined,
    documents,
  };
  return manifest === undefined ? empty : { ...empty, ...readFields(manifest, options) };
}

interface Found {
  readonly manifest: (ParsedDocument & { readonly value: ValueMap }) | undefined;
  /** The other documents. */
  readonly documents: readonly ParsedDocument[];
}

function findManifest(source: SourceText, options: ManifestOptions): Found {
  const { diagnostics } = options;
  let failed = false;
  const parsed = documentsOf(source, {
    ...options,
    diagnostics: {
      error(error) {
        failed = true;
        diagnostics.error(error);
      },
      warning: diagnostics.warning,
    },
  });
  const [first, ...others] = parsed;
  // If the first document cannot be parsed, it was probably the manifest.
  if (failed && first?.index !== 0) return { manifest: undefined, documents: parsed };
  const report = (problem: string, help: string, origin: Origin) =>
    diagnostics.error(fail("ERR_MANIFEST_INVALID", { problem }, { origin, help }));
  const file = pathOf(source.url);
  if (first === undefined) {
    const help = "Write a manifest; the least is its name, such as `name: my_app`";
    report(`The file ${file} is empty`, help, originAtOffset(source, 0, 0));
    return { manifest: undefined, documents: [] };
  }
  const { value } = first;
  if (!isMap(value)) {
    const problem = `A manifest must be a map, and this is ${describe(value)}`;
    report(problem, "Write `name: my_app`, and what the module consists of", first.originAt([]));
    return { manifest: undefined, documents: others };
  }
  if (value["kind"] !== undefined) {
    const [problem, help]: readonly [string, string] =
      Object.keys(value)[0] !== "kind" && KEYS.some((key) => key in value)
        ? ["A resource begins inside the manifest", "Write a line `---` above `kind`"]
        : [
          `The file ${file} begins with a resource, and not with a manifest`,
          "Begin it with a manifest, such as `name: my_app`, and a line `---`",
        ];
    report(problem, help, first.originAt(["kind"], "key"));
    return { manifest: undefined, documents: parsed };
  }
  return { manifest: { ...first, value }, documents: others };
}

type ManifestFields = Omit<ModuleManifest, "url" | "folder" | "documents">;

function readFields(
  document: ParsedDocument & { readonly value: ValueMap },
  { env, diagnostics, version }: ManifestOptions,
): ManifestFields {
  const { value, source } = document;
  const fields: Fields = { document, diagnostics };
  // A manifest for another version may have keys that this one does not know.
  if (meetsRequirements(value, version, fields)) {
    checkKeys(value, KEYS, [], "the manifest", fields);
  }
  const optional = (key: string) =>
    value[key] === undefined || value[key] === null
      ? undefined
      : readText(value[key], [key], fields);
  const readPlace = (item: Value | undefined, path: Path) => {
    const text = readText(item, path, fields);
    return text && interpolateEnv(text, path, env, fields);
  };
  const readImport = (item: Value, path: Path): ImportPath | undefined => {
    const isRenamed = isMap(item);
    if (isRenamed && !checkKeys(item, IMPORT_KEYS, path, "an import", fields)) return undefined;
    const at = isRenamed ? [...path, "from"] : path;
    const place = readPlace(isRenamed ? item["from"] : item, at);
    const as = isRenamed ? readAlias(item, path, fields) : undefined;
    return place ? withLazyOrigin({ path: place, as }, document, at) : undefined;
  };
  const name = readName(value, KEYS, fields) ?? nameOfFolder(source.url);
  return {
    name,
    ownName: name,
    version: optional("version"),
    description: optional("description"),
    imports: readList(value["imports"], ["imports"], "strings", fields, readImport),
    definitions: readList(
      value["definitions"],
      ["definitions"],
      "strings",
      fields,
      (item, path) => readDefinition(item, path, fields),
    ),
    entrypoints: readEntries(value["entrypoints"], ["entrypoints"], fields),
    importEntrypoints: readImportEntrypoints(value["importEntrypoints"], env, fields),
    resources: readList(
      value["resources"],
      ["resources"],
      "strings",
      fields,
      (item, path): ManifestPath | undefined => {
        const place = readPlace(item, path);
        return place ? withLazyOrigin({ path: place }, document, path) : undefined;
      },
    ),
    limits: readLimits(value["limits"], fields),
  };
}

function readDefinition(item: Value, path: Path, fields: Fields): DefinitionPath | undefined {
  const { document } = fields;
  if (!isMap(item)) {
    const text = withoutExpression(readText(item, path, fields), path, fields);
    return text === undefined
      ? undefined
      : withLazyOrigin({ path: text, controllers: undefined }, document, path);
  }
  checkKeys(item, DEFINITION_KEYS, path, "a definition", fields);
  const text = readRequired(item, "path", DEFINITION_KEYS, path, fields);
  const controllers = item["controllers"] === undefined
    ? undefined
    : readEntries(item["controllers"], [...path, "controllers"], fields);
  if (Array.isArray(item["controllers"]) && item["controllers"].length === 0) {
    const at = [...path, "controllers"];
    reportField(fields, at, `${nameOf(at)} is empty`, "List one, or remove it");
  }
  return text === undefined
    ? undefined
    : withLazyOrigin({ path: text, controllers }, document, [...path, "path"]);
}

function readImportEntrypoints(
  value: Value | undefined,
  env: Environment,
  fields: Fields,
): ModuleManifest["importEntrypoints"] {
  const read: Map<string, { entries: readonly ControllerEntry[]; readonly origin: Origin }> =
    new Map();
  const path = ["importEntrypoints"];
  if (value === undefined || value === null) return read;
  const map = readMap(value, path, "a map from an import to its entrypoints", fields);
  for (const [key, entries] of Object.entries(map ?? {})) {
    const at = [...path, key];
    const specifier = interpolateEnv(key, at, env, fields);
    if (specifier === undefined) continue;
    if (entries === null || (Array.isArray(entries) && entries.length === 0)) {
      reportField(fields, at, `${nameOf(at)} is empty`, "List an entrypoint, or remove it");
      continue;
    }
    const list = readEntries(entries, at, fields);
    if (list.length === 0) continue; // Mistakes in them have been reported.
    read.set(specifier, withLazyOrigin({ entries: list }, fields.document, at, "key"));
  }
  return read;
}
