/** Compiles documents, and collects the kinds that they define. */
import type { LoadedModule } from "./imports/modules.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { builtinUrl } from "./imports/resolve_import.ts";
import { readModuleManifest } from "./imports/module_manifest.ts";
import { read } from "./read_manifests.ts";
import { parseDefinitions } from "./parse_documents.ts";
import type { AppOptions } from "./options.ts";
import { compileDocument, type CompileOptions } from "../template/compile/compile.ts";
import type { Branches } from "../template/compile/branches.ts";
import type { OnEvaluated } from "../template/expr/evaluated.ts";
import { fail } from "../contract/errors.ts";
import { type Limits } from "../contract/limits.ts";
import { isRemote } from "../contract/location.ts";
import { isMap, type Value } from "../contract/resource.ts";
import type { CompiledDocument, ParsedDocument } from "../contract/source.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import { loadSchemaCompiler } from "../schema/schema.ts";
import type { DefinitionInput, KindTable } from "./registry/kinds.ts";
import { collectKinds } from "./registry/collect_kinds.ts";
import { createIncluder } from "./files/include.ts";
import { prefixOf } from "./imports/renamed.ts";
import { readControllerEntries } from "./imports/controller_entries.ts";
import { type Item, type LoadOptions } from "./options.ts";
import { remoteControllers } from "./read_manifests.ts";

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

/**
 * The validator for `$schema`. Its library is loaded only if a source contains `$schema`, or includes
 * files, which may contain it.
 */
export async function validatorFor(
  parsed: readonly Item<ParsedDocument>[],
  limits: Limits,
): Promise<CompileOptions["validator"]> {
  const sources = new Set(parsed.map(({ document }) => document.source));
  if (![...sources].some(({ text }) => /\$schema|\$include/.test(text))) return undefined;
  const compiler = await loadSchemaCompiler();
  return (schema, options) => compiler.compile(schema, options, limits);
}

export function compileAll(
  parsed: readonly Item<ParsedDocument>[],
  { env, limits, diagnostics, platform, checking, onCondition, sources }: LoadOptions,
  validator?: CompileOptions["validator"],
  onEvaluated?: OnEvaluated,
  branches?: Branches,
): Item<CompiledDocument>[] {
  const opaque = opaquePaths(parsed);
  const options = {
    context: { env },
    diagnostics,
    limits,
    checking,
    onEvaluated,
    onCondition,
    branches,
    include: createIncluder({ files: platform.files, limits, diagnostics, sources }),
    ...(validator === undefined ? {} : { validator }),
    opaque: (kind: string) => opaque.get(kind),
  };
  // Remote manifests have no access to the environment of this machine.
  const bare = { ...options, context: {} };
  const compiled: Item<CompiledDocument>[] = [];
  for (const item of parsed) {
    const { document } = item;
    const isOfThisMachine = !isRemote(document.source.url);
    for (const result of compileDocument(document, isOfThisMachine ? options : bare)) {
      compiled.push(result === document ? item : { ...item, document: result });
    }
  }
  return compiled;
}

/** Opaque paths by kind, read from definitions before they are compiled. */
export function opaquePaths(
  parsed: readonly Item<ParsedDocument>[],
): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  for (const { document: { value }, module } of parsed) {
    if (!isMap(value) || value["kind"] !== KERNEL_KINDS.definition) continue;
    const metadata = value["metadata"];
    const resourceKind = isMap(metadata) ? metadata["resourceKind"] : undefined;
    if (typeof resourceKind !== "string") continue;
    const written = isMap(metadata) ? prefixOf(metadata, module.manifest) : undefined;
    const prefix = typeof written === "string" ? written : module.manifest.name;
    const kind = prefix === "" || resourceKind.startsWith(`${prefix}.`)
      ? resourceKind
      : `${prefix}.${resourceKind}`;
    const own = [...strings(value["opaque"]), ...strings(value["schemas"])];
    if (own.length > 0) paths.set(kind, own);
  }
  return paths;
}

export function strings(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function kindsOf(
  compiled: readonly Item<CompiledDocument>[],
  options: LoadOptions,
): KindTable {
  const { diagnostics } = options;
  const definitions: DefinitionInput[] = [];
  const kindDefinitions: { module: string; document: CompiledDocument }[] = [];
  for (const { document, definition, module } of compiled) {
    const kind = isMap(document.value) ? document.value["kind"] : undefined;
    const name = module.manifest.name;
    if (kind === KERNEL_KINDS.definition) {
      const { entrypoints } = module;
      definitions.push({
        module: module.manifest,
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
export function ownKinds(
  definitions: readonly Item<CompiledDocument>[],
  kinds: KindTable,
): string[] {
  const files = new Set(definitions.map(({ document }) => document.source.url));
  const names: string[] = [];
  for (const entry of kinds.values()) {
    if (entry.sourceUrl !== undefined && files.has(entry.sourceUrl)) names.push(entry.kind);
  }
  return names;
}
