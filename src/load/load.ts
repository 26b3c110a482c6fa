/**
 * From a path to a frozen registry: the stages of loading, in their order, each finished for
 * all manifests before the next begins.
 */
import { type LoadedModule, loadModules } from "./imports/modules.ts";
import { builtinUrl } from "./imports/resolve_import.ts";
import { reportUnusedEntrypoints } from "./imports/unused_entrypoints.ts";
import { compileDocument, type CompileOptions } from "../template/compile/compile.ts";
import type { EvaluatedExpression, OnEvaluated } from "../template/expr/evaluated.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import {
  type DiglyError,
  fail,
  isDiglyError,
  type Origin,
  withOrigin,
} from "../contract/errors.ts";
import { DEFAULT_LIMITS, type Limits, raiseLimit } from "../contract/limits.ts";
import { isRemote, resolveLocation } from "../contract/location.ts";
import type { ControllerEntry, ManifestPath, ModuleManifest } from "../contract/manifest.ts";
import type { Platform } from "../contract/platform.ts";
import { notAFile, readTextFile } from "../contract/read_file.ts";
import { isMap, type Value } from "../contract/resource.ts";
import type {
  CompiledDocument,
  ExpandedManifest,
  ParsedDocument,
  SourceText,
} from "../contract/source.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import { loadSchemaCompiler } from "../schema/schema.ts";
import { createCreators, readAddition } from "../template/expand/addition.ts";
import { expandDocuments } from "../template/expand/expand.ts";
import {
  collectKinds,
  type DefinitionInput,
  type KindEntry,
  type KindTable,
} from "./registry/kinds.ts";
import { compileDefaults, type FillDefaults } from "../schema/defaults.ts";
import type { Redaction } from "./redaction/redaction.ts";
import { resolveReferences } from "./references/references.ts";
import { createRegistry, type Registry, type RegistryEntry } from "./registry/registry.ts";
import { createSchemaRefs } from "./references/schema_refs.ts";
import { createSensitivity } from "./redaction/sensitivity.ts";
import { createValueResolver } from "./references/value_resolver.ts";
import { createIncluder } from "./files/include.ts";
import { locateDefinition, locateManifest, locateResources } from "./files/locate.ts";
import { limitsAhead } from "./imports/manifest_limits.ts";
import { readControllerEntries, readModuleManifest } from "./imports/module_manifest.ts";
import { parseSource } from "./yaml/parse.ts";
import { readSource } from "./files/read.ts";
import { createRemoteReader, type RemoteEntry, type RemoteReader } from "./files/remote.ts";
import { checkResourceShape } from "./yaml/shape.ts";

/** Options of {@link loadApp}. */
export interface AppOptions extends Omit<LoadOptions, "limits"> {
  /** Limits that override those of the manifest. */
  readonly limits: Partial<Limits>;
}

/** Options of the loading stages. */
export interface LoadOptions {
  readonly platform: Platform;
  /** Reads the `file` of a secret or variable. */
  readonly values: Pick<Platform, "files" | "toPath">;
  /** Texts of the built-in modules by URL. */
  readonly builtins: Readonly<Record<string, string>>;
  /** Kinds of modules registered in code. */
  readonly declared: readonly KindEntry[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: Limits;
  readonly diagnostics: Diagnostics;
  /** True under `check`: values that are available only where the app runs may be missing. */
  readonly checking: boolean;
  /** True to allow `http:` for manifests on other machines. */
  readonly allowHttp: boolean;
  /** True to reject remote manifests without a hash. */
  readonly frozen: boolean;
  /** Collects the sensitive values. */
  readonly redaction: Redaction;
  /** Called for each import that is read, with the URL of its manifest. */
  readonly onImport?: ((path: string, url: string) => void) | undefined;
  readonly onModule: (module: LoadedModule, kinds: readonly string[]) => void;
  readonly onResource: (entry: RegistryEntry) => void;
}

/** An app, loaded: every resource compiled, registered, resolved and frozen. */
export interface App {
  readonly modules: readonly LoadedModule[];
  readonly kinds: KindTable;
  readonly registry: Registry;
  /** The limits that apply to it. */
  readonly limits: Limits;
  /** Every expression that was evaluated, under `check`. */
  readonly evaluated: readonly EvaluatedExpression[];
  /**
   * Adds a resource on behalf of `creator`, whose controller requests it. Returns the registered
   * resource, or those that its template generates. Throws if it is invalid.
   */
  add(manifest: unknown, creator: RegistryEntry): readonly RegistryEntry[];
}

/** A document and its module. */
interface Item<Document> {
  readonly document: Document;
  /** Set for documents of `definitions`, which are kinds, not resources. */
  readonly definition?: { readonly controllers: readonly ControllerEntry[] | undefined };
  readonly module: LoadedModule;
}

/** Loads the app at `path`, a `runtime.yaml` or a folder that holds one. */
export async function loadApp(path: string, given: AppOptions): Promise<App> {
  if (isRemote(path) && !URL.canParse(path)) {
    throw fail("ERR_MANIFEST_NOT_FOUND", { problem: `"${path}" is not a URL` }, {
      help: "Write it like https://example.com/runtime.yaml",
    });
  }
  const { platform, diagnostics, redaction, env } = given;
  const registry = createRegistry(platform.toPath);
  const started = isRemote(path) ? undefined : readStarted(path, given);
  const limits = { ...DEFAULT_LIMITS, ...started?.limits, ...given.limits };
  const options: LoadOptions = { ...given, limits };
  const remote = createRemoteReader({ ...options, fetch: platform.fetch });
  const root = started === undefined
    ? await readRemoteManifest(path, { module: "", path, from: undefined }, remote, options)
    : readModuleManifest(started.source, options);
  const modules = await loadModules(root, {
    files: platform.files,
    builtins: options.builtins,
    toPath: platform.toPath,
    readManifest: async (url, entry) => {
      options.onImport?.(entry.path, url);
      return isRemote(url)
        ? await attempt(
          () => readRemoteManifest(url, { ...entry, module: "" }, remote, options),
          diagnostics,
        )
        : placed(() => readImported(url, options), entry.origin);
    },
    diagnostics,
  });
  const parsed: Item<ParsedDocument>[] = [];
  for (const module of modules) parsed.push(...await parseModule(module, remote, options));
  const evaluated: EvaluatedExpression[] = [];
  const onEvaluated = options.checking
    ? (expression: EvaluatedExpression) => void evaluated.push(expression)
    : undefined;
  const validator = await validatorFor(parsed, options.limits);
  const compiled = compileAll(parsed, options, validator, onEvaluated);
  const kinds = kindsOf(compiled, options);
  reportUnusedEntrypoints(modules, kinds.values(), diagnostics);
  for (const module of modules) {
    const own = compiled.filter((item) => item.module === module && item.definition !== undefined);
    options.onModule(module, ownKinds(own, kinds));
  }
  const resources = compiled.filter((item) => item.definition === undefined);
  const expanded = await expandDocuments(resources.map((item) => item.document), {
    kinds,
    opaque: (kind) => {
      const entry = kinds.get(kind);
      return entry && [...entry.opaque, ...entry.schemas];
    },
    env,
    limits: options.limits,
    diagnostics,
    checkShape: checkResourceShape,
    schemaRefs: (source) => createSchemaRefs(source, options.limits, diagnostics),
  });
  const defaults = new Map<string, FillDefaults | undefined>();
  for (const { kind, schema, schemaOriginOf } of kinds.values()) {
    await attempt(
      () => void defaults.set(kind, compileDefaults(schema, options.limits)),
      diagnostics,
      schemaOriginOf,
    );
  }
  const register = (manifests: readonly ExpandedManifest[]) =>
    manifests.flatMap((manifest) => {
      const entry = registry.add(manifest, defaults.get(manifest.kind), diagnostics);
      if (entry === undefined) return [];
      options.onResource(entry);
      return [entry];
    });
  register(expanded.manifests);
  const valueResolver = createValueResolver({
    env,
    redaction,
    warn: options.checking
      ? ({ message, origin, help }) =>
        diagnostics.warning({ code: "WARN_UNKNOWN_VALUE", message, origin, help })
      : undefined,
    readFile: (file, base) => readText(file, base, options),
  });
  const sensitivity = createSensitivity(registry, { kinds, redaction });
  const resolve = (entries: readonly RegistryEntry[]) => {
    const { limits } = options;
    const sensitive = entries.flatMap((entry) => {
      const valueExpression = kinds.get(entry.kind)?.valueExpression;
      return valueExpression?.sensitive ? [{ entry, valueExpression }] : [];
    });
    // Hidden before references are resolved, so that their errors do not show sensitive fields.
    for (const { entry, valueExpression } of sensitive) {
      valueResolver.hideWritten(entry, valueExpression);
    }
    resolveReferences(registry, entries, {
      kinds,
      env,
      limits,
      valueResolver,
      sensitivity,
      diagnostics,
      onEvaluated,
    });
    for (const { entry, valueExpression } of sensitive) valueResolver.hide(entry, valueExpression);
  };
  resolve(registry.entries());
  const creators = createCreators();
  return {
    modules,
    kinds,
    registry,
    limits,
    evaluated,
    add(manifest, creator) {
      const addition = readAddition(manifest, creators.chainTo(creator), options.limits);
      const entries = register(expanded.expand(addition));
      creators.add(entries, creator);
      resolve(entries);
      return entries;
    },
  };
}

/** The built-in import that defines `kind`. */
export function builtinImportFor(kind: string, given: AppOptions): string | undefined {
  const options: LoadOptions = { ...given, limits: { ...DEFAULT_LIMITS, ...given.limits } };
  for (const url of Object.keys(options.builtins)) {
    const name = /^digly:\/([^/]+)\/module\.yaml$/.exec(url)?.[1];
    if (name === undefined) continue;
    const module: LoadedModule = {
      manifest: readModuleManifest(read(builtinUrl(name), "", options), options),
      entrypoints: [],
      override: undefined,
    };
    if (kindsOf(compileAll(parseDefinitions(module, options), options), options).has(kind)) {
      return `digly:${name}`;
    }
  }
  return undefined;
}

/** Reads the manifest that an app is started with, and its limits. */
function readStarted(path: string, options: AppOptions): Started {
  const { platform: { files, toUrl, toPath } } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const url = locateManifest(toUrl(path), files, "runtime.yaml", toPath);
  const source = read(url, "", { ...options, limits });
  return { source, limits: limitsAhead(source, limits) };
}

interface Started {
  readonly source: SourceText;
  readonly limits: Partial<Limits>;
}

/** The manifest of an import. */
function readImported(url: string, options: LoadOptions): ModuleManifest {
  const manifest = readModuleManifest(read(url, "", options), options);
  if (manifest.limits !== undefined) {
    options.diagnostics.warning({
      code: "WARN_UNUSED_LIMITS",
      message: `The limits of the module "${manifest.name}" have no effect`,
      origin: manifest.limits.origin,
      help: "Only the manifest that an app is started with sets limits",
    });
  }
  return manifest;
}

function read(
  url: string,
  module: string,
  { platform, builtins, limits }: LoadOptions,
  root?: string,
): SourceText {
  const folder = root ?? new URL(".", url).href;
  const text = builtins[url];
  return text === undefined
    ? readSource(url, platform.files, { module, root: folder, limits })
    : { url, text, module, root: folder };
}

/**
 * The manifest at a URL. It has no access to the environment and cannot have controllers, since
 * its content is not under the user's control.
 */
async function readRemoteManifest(
  url: string,
  entry: RemoteEntry,
  remote: RemoteReader,
  options: LoadOptions,
): Promise<ModuleManifest> {
  const manifest = readModuleManifest(await remote(url, entry), {
    ...options,
    env: Object.create(null),
  });
  const entries = [
    ...manifest.entrypoints,
    ...[...manifest.importEntrypoints.values()].flatMap((override) => override.entries),
    ...manifest.definitions.flatMap(({ controllers }) => controllers ?? []),
  ];
  if (entries.length > 0) options.diagnostics.error(remoteControllers(entries[0]!.origin));
  if (manifest.limits !== undefined) {
    options.diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: "A remote manifest cannot set limits",
    }, {
      origin: manifest.limits.origin,
      help: "Set them in the runtime.yaml of this machine, or with --limit",
    }));
  }
  return manifest;
}

function remoteControllers(origin: Origin): DiglyError {
  return fail("ERR_MODULE_INVALID", { problem: "A remote manifest cannot have controllers" }, {
    origin,
    help: "Install the module, and import it by path or by the name of its package",
  });
}

/** Runs `work` and reports its errors. */
async function attempt<T>(
  work: () => T | Promise<T>,
  diagnostics: Diagnostics,
  originOf?: () => Origin | undefined,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    diagnostics.error(originOf === undefined ? error : withOrigin(error, originOf()));
    return undefined;
  }
}

/** The documents of a built-in module's definitions. */
function parseDefinitions(module: LoadedModule, options: LoadOptions): Item<ParsedDocument>[] {
  const { manifest } = module;
  return manifest.definitions.flatMap(({ path, controllers }) => {
    const source = read(resolveLocation(path, manifest.url), manifest.name, options);
    return parseSource(source, options.limits, options.diagnostics).map((document) => (
      { document, module, definition: { controllers } }
    ));
  });
}

/** All documents of a module: its definitions, the rest of its manifest, its resources. */
async function parseModule(
  module: LoadedModule,
  remote: RemoteReader,
  options: LoadOptions,
): Promise<Item<ParsedDocument>[]> {
  const { manifest } = module;
  const { platform, diagnostics, limits, builtins } = options;
  const items: Item<ParsedDocument>[] = [];
  const parse = async (
    url: string,
    { path, origin }: ManifestPath,
    definition?: Item<ParsedDocument>["definition"],
  ) => {
    const source = isRemote(url)
      ? await remote(url, { module: manifest.name, path, from: manifest.url, origin })
      : placed(() => read(url, manifest.name, options, manifest.folder), origin);
    let isSound = true;
    const watched: Diagnostics = {
      error(error) {
        isSound = false;
        diagnostics.error(error);
      },
      warning: (warning) => diagnostics.warning(warning),
    };
    for (const document of parseSource(source, limits, watched)) {
      items.push({ document, module, ...(definition === undefined ? {} : { definition }) });
    }
    return isSound;
  };
  const locate = (path: string, origin: Origin) => {
    const url = placed(() => resolveLocation(path, manifest.url), origin);
    if (!isRemote(manifest.url) || isRemote(url)) return url;
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `A remote manifest names "${path}", a place on this machine`,
    }, { origin, help: "Remote manifests may name remote ones only" });
  };
  // A folder and a file in it may both be listed; each file is read once.
  const seen = new Set<string>();
  const defined = new Map<string, Origin>();
  for (const { path, controllers, origin } of manifest.definitions) {
    await attempt(async () => {
      const url = locate(path, origin);
      if (!isRemote(url) && builtins[url] === undefined) {
        locateDefinition(url, platform.files, { path, origin, toPath: platform.toPath });
      }
      const first = defined.get(url);
      if (first !== undefined) throw duplicateDefinition(path, origin, first);
      defined.set(url, origin);
      const before = items.length;
      if (await parse(url, { path, origin }, { controllers }) && items.length === before) {
        throw fail("ERR_MODULE_INVALID", { problem: `The definition "${path}" is empty` }, {
          origin,
          help: "Write a document of kind Runtime.Definition into it, or remove it here",
        });
      }
    }, diagnostics);
  }
  // The manifest was parsed before its name was known.
  const [first] = manifest.documents;
  const source = first && { ...first.source, module: manifest.name };
  for (const document of manifest.documents) {
    items.push({ document: { ...document, source: source! }, module });
  }
  for (const { path, origin } of manifest.resources) {
    await attempt(async () => {
      const url = locate(path, origin);
      const entry = { path, origin, toPath: platform.toPath };
      const files = isRemote(url) ? [url] : locateResources(url, platform.files, entry);
      for (const file of files) {
        if (!seen.has(file)) await parse(file, { path, origin });
        seen.add(file);
      }
    }, diagnostics);
  }
  return items;
}

/** Runs `work`; an error of it is about the place `origin`. */
function placed<T>(work: () => T, origin: Origin): T {
  try {
    return work();
  } catch (error) {
    throw isDiglyError(error) ? withOrigin(error, origin) : error;
  }
}

function duplicateDefinition(path: string, origin: Origin, first: Origin): DiglyError {
  return fail("ERR_MODULE_INVALID", { problem: `The definition "${path}" is duplicated` }, {
    origin,
    related: [{ message: "the first one", origin: first }],
    help: "Remove one of them",
  });
}

/**
 * The validator for `$schema`. Its library is loaded only if a text contains `$schema`, or includes
 * files, which may contain it.
 */
async function validatorFor(
  parsed: readonly Item<ParsedDocument>[],
  limits: Limits,
): Promise<CompileOptions["validator"]> {
  const sources = new Set(parsed.map(({ document }) => document.source));
  if (![...sources].some(({ text }) => /\$schema|\$include/.test(text))) return undefined;
  const compiler = await loadSchemaCompiler();
  return (schema, options) => compiler.compile(schema, options, limits);
}

function compileAll(
  parsed: readonly Item<ParsedDocument>[],
  { env, limits, diagnostics, platform, checking }: LoadOptions,
  validator?: CompileOptions["validator"],
  onEvaluated?: OnEvaluated,
): Item<CompiledDocument>[] {
  const opaque = opaquePaths(parsed);
  const options = {
    context: { env },
    diagnostics,
    limits,
    checking,
    onEvaluated,
    include: createIncluder({ files: platform.files, limits, diagnostics }),
    ...(validator === undefined ? {} : { validator }),
    opaque: (kind: string) => opaque.get(kind),
  };
  // Remote manifests have no access to the environment of this machine.
  const bare = { ...options, context: {} };
  return parsed.flatMap((item) =>
    compileDocument(item.document, isRemote(item.document.source.url) ? bare : options)
      .map((document) => ({ ...item, document }))
  );
}

/** Opaque paths by kind, read from definitions before they are compiled. */
function opaquePaths(
  parsed: readonly Item<ParsedDocument>[],
): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  for (const { document: { value }, module } of parsed) {
    if (!isMap(value) || value["kind"] !== KERNEL_KINDS.definition) continue;
    const metadata = value["metadata"];
    const resourceKind = isMap(metadata) ? metadata["resourceKind"] : undefined;
    if (typeof resourceKind !== "string") continue;
    const prefix = isMap(metadata) && typeof metadata["module"] === "string"
      ? metadata["module"]
      : module.manifest.name;
    const kind = prefix === "" || resourceKind.startsWith(`${prefix}.`)
      ? resourceKind
      : `${prefix}.${resourceKind}`;
    const own = [...strings(value["opaque"]), ...strings(value["schemas"])];
    if (own.length > 0) paths.set(kind, own);
  }
  return paths;
}

function strings(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function kindsOf(compiled: readonly Item<CompiledDocument>[], options: LoadOptions): KindTable {
  const { diagnostics } = options;
  const definitions: DefinitionInput[] = [];
  const kindDefinitions: { module: string; document: CompiledDocument }[] = [];
  for (const { document, definition, module } of compiled) {
    const kind = isMap(document.value) ? document.value["kind"] : undefined;
    const name = module.manifest.name;
    if (kind === KERNEL_KINDS.definition) {
      const { entrypoints } = module;
      definitions.push({
        module: name,
        document,
        controllers: definition?.controllers,
        entrypoints,
      });
    } else if (definition !== undefined) {
      diagnostics.error(fail("ERR_MODULE_INVALID", {
        problem:
          "A file listed in `definitions` may contain only documents of kind Runtime.Definition",
      }, {
        origin: document.originAt(["kind"]),
        help: "List other resources under `resources`",
      }));
    } else if (kind === KERNEL_KINDS.kindDefinition) {
      kindDefinitions.push({ module: name, document });
    }
  }
  return collectKinds(
    {
      declared: options.declared,
      definitions,
      kindDefinitions,
      importFor: (kind) => builtinImportFor(kind, options),
    },
    (value, document, path) => {
      if (!isRemote(document.source.url)) {
        return readControllerEntries(value, document, path, diagnostics);
      }
      diagnostics.error(remoteControllers(document.originAt(path)));
      return [];
    },
    diagnostics,
  );
}

/** The kinds that a module's own definitions define. */
function ownKinds(definitions: readonly Item<CompiledDocument>[], kinds: KindTable): string[] {
  const files = new Set(definitions.map(({ document }) => document.source.url));
  const names: string[] = [];
  for (const entry of kinds.values()) {
    if (entry.sourceUrl !== undefined && files.has(entry.sourceUrl)) names.push(entry.kind);
  }
  return names;
}

/** The text of a file that a secret or a variable names, without the line break at its end. */
function readText(file: string, base: string, { values, limits }: LoadOptions): string {
  if (isRemote(base)) {
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `A remote manifest names "${file}", a file of this machine`,
    });
  }
  const { files, toPath } = values;
  const url = resolveLocation(file, base);
  const path = toPath(url);
  const found = files.stat(url);
  const reason = notAFile(found?.kind);
  if (reason !== undefined) {
    const code = found === undefined ? "ERR_MANIFEST_NOT_FOUND" : "ERR_MANIFEST_INVALID";
    throw fail(code, { problem: `The file ${path} ${reason}` });
  }
  const text = readTextFile(url, files, limits.fileBytes);
  if (text !== undefined) return text.replace(/\r?\n$/, "");
  throw fail("ERR_LIMIT_EXCEEDED", {
    problem: `The file ${path} is larger than ${limits.fileBytes} bytes`,
    limit: "fileBytes",
  }, { help: raiseLimit("fileBytes", limits.fileBytes) });
}
