/** Reads and parses the documents that a module lists. */
import { type LoadedModule } from "./imports/modules.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import { isRemote, resolveLocation, withoutHash } from "../contract/location.ts";
import type { ManifestPath } from "../contract/manifest.ts";
import type { ParsedDocument } from "../contract/source.ts";
import { createRepeatedPaths } from "./imports/repeated_paths.ts";
import { createRename, definedNames, type Rename } from "./imports/renamed.ts";
import { locateDefinition, locateResources, type ResourceEntry } from "./files/locate.ts";
import { parseSource } from "./yaml/parse.ts";
import { documentsOf } from "./yaml/parsed_sources.ts";
import { type RemoteReader } from "./files/remote.ts";
import { type Item, type LoadOptions } from "./options.ts";
import { attempt, placed, read } from "./read_manifests.ts";

/** The documents of a built-in module's definitions. */
export function parseDefinitions(
  module: LoadedModule,
  options: LoadOptions,
  rename: Rename = (source) => source,
): Item<ParsedDocument>[] {
  const { manifest } = module;
  return manifest.definitions.flatMap(({ path, controllers }) => {
    const source = read(resolveLocation(path, manifest.url), manifest.name, options);
    return documentsOf(rename(source), options).map((document) => (
      { document, module, definition: { controllers } }
    ));
  });
}

/**
 * All documents of a module: its definitions, the rest of its manifest, its resources. `onFile` is
 * called for each file that was read.
 */
export async function parseModule(
  module: LoadedModule,
  remote: RemoteReader,
  options: LoadOptions,
  onFile: () => void,
): Promise<Item<ParsedDocument>[]> {
  const { manifest } = module;
  if (manifest.name === manifest.ownName) return await parseFiles(module, remote, options, onFile);
  const diagnostics: Diagnostics = { error() {}, warning() {} };
  const items = await parseFiles(module, remote, { ...options, diagnostics }, onFile);
  const names = definedNames(items.map(({ document }) => document.value), manifest.ownName);
  return await parseFiles(module, remote, options, () => {}, createRename(manifest, names));
}

async function parseFiles(
  module: LoadedModule,
  remote: RemoteReader,
  options: LoadOptions,
  onFile: () => void,
  rename: Rename = (source) => source,
): Promise<Item<ParsedDocument>[]> {
  const { manifest } = module;
  const { platform, diagnostics, limits, builtins } = options;
  // A test checks that built-in modules consist of definitions.
  if (Object.hasOwn(builtins, manifest.url)) return parseDefinitions(module, options, rename);
  const items: Item<ParsedDocument>[] = [];
  const parse = async (
    url: string,
    listed: ManifestPath,
    definition?: Item<ParsedDocument>["definition"],
  ) => {
    const source = isRemote(url)
      ? await remote(url, {
        module: manifest.name,
        path: listed.path,
        from: manifest.url,
        origin: listed.origin,
      })
      : placed(() => read(url, manifest.name, options, manifest.folder), listed);
    let isSound = true;
    const watched: Diagnostics = {
      error(error) {
        isSound = false;
        diagnostics.error(error);
      },
      warning: (warning) => diagnostics.warning(warning),
    };
    for (const document of documentsOf(rename(source), { ...options, diagnostics: watched })) {
      items.push({ document, module, ...(definition === undefined ? {} : { definition }) });
    }
    onFile();
    return isSound;
  };
  const locate = (listed: ManifestPath) => {
    const { path } = listed;
    const url = placed(() => resolveLocation(path, manifest.url), listed);
    if (!isRemote(manifest.url) || isRemote(url)) return url;
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `A remote manifest names "${path}", a place on this machine`,
    }, { origin: listed.origin, help: "Remote manifests may name remote ones only" });
  };
  const toEntry = (listed: ManifestPath): ResourceEntry => ({
    path: listed.path,
    get origin() {
      return listed.origin;
    },
    toPath: platform.toPath,
  });
  // A folder and a file in it may both be listed; each file is read once.
  const seen = new Set<string>();
  const defined = new Map<string, ManifestPath>();
  for (const listed of manifest.definitions) {
    const { path, controllers } = listed;
    await attempt(async () => {
      const url = locate(listed);
      if (!isRemote(url) && builtins[url] === undefined) {
        locateDefinition(url, platform.files, toEntry(listed));
      }
      const first = defined.get(url);
      if (first !== undefined) throw duplicateDefinition(path, listed.origin, first.origin);
      defined.set(url, listed);
      const before = items.length;
      if (await parse(url, listed, { controllers }) && items.length === before) {
        throw fail("ERR_MODULE_INVALID", { problem: `The definition "${path}" is empty` }, {
          origin: listed.origin,
          help: "Write a document of kind Runtime.Definition into it, or remove it here",
        });
      }
    }, diagnostics);
  }
  // The manifest was parsed before its name was known.
  const [first] = manifest.documents;
  if (first !== undefined) {
    const source = rename({ ...first.source, module: manifest.name });
    const documents = source.renamed === undefined
      ? manifest.documents.map((document) => ({ ...document, source }))
      : parseSource(source, limits, { error() {}, warning() {} }).filter(({ index }) =>
        manifest.documents.some((document) => document.index === index)
      );
    for (const document of documents) items.push({ document, module });
  }
  const warnIfRepeated = createRepeatedPaths(manifest, "resources", diagnostics);
  for (const listed of manifest.resources) {
    await attempt(async () => {
      const url = locate(listed);
      warnIfRepeated(listed, withoutHash(url));
      const files = isRemote(url) ? [url] : locateResources(url, platform.files, toEntry(listed));
      for (const file of files) {
        if (!seen.has(file)) await parse(file, listed);
        seen.add(file);
      }
    }, diagnostics);
  }
  return items;
}

export function duplicateDefinition(path: string, origin: Origin, first: Origin): DiglyError {
  return fail("ERR_MODULE_INVALID", { problem: `The definition "${path}" is duplicated` }, {
    origin,
    related: [{ message: "the first one", origin: first }],
    help: "Remove one of them",
  });
}
