/**
 * From a path to a frozen registry: the stages of loading, in their order, each finished for
 * all manifests before the next begins.
 */
import type { Template } from "../template/expand/templates.ts";
import { type LoadedModule, loadModules } from "./imports/modules.ts";
import { reportUnusedEntrypoints } from "./imports/unused_entrypoints.ts";
import { loadEngine } from "../template/expr/engine.ts";
import { Branches, type SkippedBranch } from "../template/compile/branches.ts";
import type { EvaluatedExpression } from "../template/expr/evaluated.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import { DEFAULT_LIMITS, type Limits, raiseLimit } from "../contract/limits.ts";
import { isRemote, resolveLocation } from "../contract/location.ts";
import { notAFile, readTextFile } from "../contract/read_file.ts";
import type { ExpandedManifest, ParsedDocument } from "../contract/source.ts";
import { createCreators, readAddition } from "../template/expand/addition.ts";
import { expandDocuments } from "../template/expand/expand.ts";
import { type KindTable } from "./registry/kinds.ts";
import { createOwnedKeys } from "./registry/owned_keys.ts";
import { mayBeReference } from "../schema/ready_fields.ts";
import { namesField } from "../schema/unknown_fields.ts";
import { compileDefaults, type FillDefaults } from "../schema/defaults.ts";
import type { Evaluation } from "./references/evaluate_text.ts";
import { type ResolveOptions, resolveReferences } from "./references/references.ts";
import { createRegistry, type Registry, type RegistryEntry } from "./registry/registry.ts";
import { inlineScopes, ownScopes } from "./registry/scopes.ts";
import { createSchemaRefs } from "./references/schema_refs.ts";
import { createSensitivity } from "./redaction/sensitivity.ts";
import { createValueResolver, type NeededValue } from "./references/value_resolver.ts";
import type { Placement } from "./placement.ts";
import { readModuleManifest } from "./imports/module_manifest.ts";
import { createRemoteReader } from "./files/remote.ts";
import { checkResourceShape } from "./yaml/shape.ts";
import { type AppOptions, type Item, type LoadOptions } from "./options.ts";
import { attempt, readImported, readRemoteManifest, readStarted } from "./read_manifests.ts";
import { documentsNeedEngine, kindsNeedEngine, manifestNeedsEngine } from "./needs_engine.ts";
import { parseModule } from "./parse_documents.ts";
import { compileAll, kindsOf, ownKinds, validatorFor } from "./compile_documents.ts";

/** An app, loaded: every resource compiled, registered, resolved and frozen. */
export interface App {
  readonly modules: readonly LoadedModule[];
  readonly kinds: KindTable;
  readonly registry: Registry;
  /** The limits that apply to it. */
  readonly limits: Limits;
  /** The environment that expressions of local resources see. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly templates: readonly Template[];
  /** The templates, and the parts of their bodies, that were evaluated, under `check`. */
  readonly reached: ReadonlySet<object>;
  /** Which process runs which resource; `undefined` for an app of one process. */
  readonly placement: Placement | undefined;
  /** Every expression that was evaluated, under `check`. */
  readonly evaluated: readonly EvaluatedExpression[];
  /** The branches of directives that were never taken, with what they saw, under `check`. */
  readonly skippedBranches: readonly (readonly SkippedBranch[])[];
  /**
   * Adds a resource on behalf of `creator`, whose controller requests it. Returns the registered
   * resource, or those that its template generates. Throws if it is invalid.
   */
  add(manifest: unknown, creator: RegistryEntry): readonly RegistryEntry[];
  /** Evaluates an expression that may use `variables`, `env` and resources. */
  evaluate(text: string, variables: Readonly<Record<string, unknown>>): Promise<Evaluation>;
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
  if (started !== undefined && manifestNeedsEngine(started.source)) await loadEngine();
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
        : await readImported(url, entry, options);
    },
    diagnostics,
  });
  const parsed: Item<ParsedDocument>[] = [];
  for (const module of modules) parsed.push(...await parseModule(module, remote, options));
  if (documentsNeedEngine(parsed.map(({ document }) => document))) await loadEngine();
  const evaluated: EvaluatedExpression[] = [];
  const onEvaluated = options.checking
    ? (expression: EvaluatedExpression) => void evaluated.push(expression)
    : undefined;
  const validator = await validatorFor(parsed, options.limits);
  const branches = options.checking ? new Branches() : undefined;
  const compiled = compileAll(parsed, options, validator, onEvaluated, branches);
  const kinds = kindsOf(compiled, options);
  reportUnusedEntrypoints(modules, kinds.values(), diagnostics);
  for (const module of modules) {
    const own = compiled.filter((item) => item.module === module && item.definition !== undefined);
    options.onModule(module, ownKinds(own, kinds));
  }
  const reached = new Set<object>();
  const resources = compiled.filter((item) => item.definition === undefined);
  const expanded = await expandDocuments(resources.map((item) => item.document), {
    kinds,
    opaque: (kind) => {
      const entry = kinds.get(kind);
      return entry && [...entry.opaque, ...entry.schemas];
    },
    ownedKeys: createOwnedKeys(kinds),
    inline: (kind) => {
      const entry = kinds.get(kind);
      return entry === undefined || entry.resources.length === 0 ? undefined : {
        paths: entry.resources,
        mayBeReference: (path) => mayBeReference(entry.schema, path),
        isField: (path) => entry.schema === undefined || namesField(entry.schema, path),
      };
    },
    env,
    onEvaluated,
    reached: options.checking ? reached : undefined,
    limits: options.limits,
    diagnostics,
    checkShape: checkResourceShape,
    schemaRefs: (source) => createSchemaRefs(source, options.limits, diagnostics),
  });
  const used = new Set(expanded.manifests.map(({ kind }) => kind));
  if (kindsNeedEngine(used, kinds)) await loadEngine();
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
      const { kind, inline } = manifest;
      const owner = inline && registry.get(inline.owner.kind, inline.owner.name);
      // What is written in a duplicate is not a second mistake.
      if (owner?.manifest !== inline?.owner) return [];
      const entry = registry.add(manifest, defaults.get(kind), diagnostics);
      if (entry === undefined) return [];
      const own = ownScopes(kinds.get(kind)?.scopes ?? [], entry.resource);
      if (own !== undefined) entry.scopes = own;
      if (inline !== undefined && owner !== undefined) {
        const scopesOf = ({ scopes, kind }: Pick<RegistryEntry, "scopes" | "kind">) =>
          scopes ?? kinds.get(kind)?.scopes ?? [];
        entry.scopes = inlineScopes(scopesOf(entry), scopesOf(owner), inline.at, owner.urn);
      }
      options.onResource(entry);
      return [entry];
    });
  register(expanded.manifests);
  const placement = await placementOf(registry, kinds, options);
  const isResolved = resolvedHere(placement, options);
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
  const provide = async ({ entry, resource }: NeededValue) => {
    const kind = kinds.get(entry.kind)!;
    const result = await options.provideValue(entry, kind, resource).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    valueResolver.provide(entry, kind.valueExpression?.sensitive ?? false, result);
  };
  function* resolve(entries: readonly RegistryEntry[]) {
    const { limits } = options;
    const sensitive = entries.flatMap((entry) => {
      const valueExpression = kinds.get(entry.kind)?.valueExpression;
      return valueExpression?.sensitive ? [{ entry, valueExpression }] : [];
    });
    // Hidden before references are resolved, so that their errors do not show sensitive fields.
    for (const { entry, valueExpression } of sensitive) {
      valueResolver.hideWritten(entry, valueExpression);
    }
    yield* resolveReferences(registry, entries, {
      kinds,
      env,
      limits,
      valueResolver,
      sensitivity,
      diagnostics,
      onEvaluated,
      checking: options.checking,
      isResolved,
    });
    for (const { entry, valueExpression } of sensitive) valueResolver.hide(entry, valueExpression);
  }
  for (const needed of resolve(registry.entries())) await Promise.all(needed.map(provide));
  const creators = createCreators();
  return {
    modules,
    kinds,
    registry,
    limits,
    env,
    placement,
    templates: expanded.templates,
    reached,
    evaluated,
    skippedBranches: branches?.neverTaken() ?? [],
    add(manifest, creator) {
      const addition = readAddition(manifest, creators.chainTo(creator), options.limits);
      const entries = register(expanded.expand(addition));
      creators.add(entries, creator);
      for (const [needed] of resolve(entries)) throw noValueYet(needed!.entry);
      return entries;
    },
    async evaluate(text, variables) {
      const { evaluateText } = await import("./references/evaluate_text.ts");
      return await evaluateText(text, variables, {
        registry,
        kinds,
        env,
        valueResolver,
        sensitivity,
        diagnostics,
        provide,
      });
    },
  };
}

/** Which process runs which resource; nothing of it is loaded for an app without a transport. */
async function placementOf(
  registry: Registry,
  kinds: KindTable,
  { roles, diagnostics }: LoadOptions,
): Promise<Placement | undefined> {
  if (roles.length === 0 && ![...registry.kinds()].some((kind) => kinds.get(kind)?.transport)) {
    return undefined;
  }
  const { readPlacement } = await import("./placement.ts");
  return readPlacement(registry, kinds, roles, diagnostics);
}

/**
 * Whose expressions are evaluated here: those of resources that this process runs. Without a role it
 * connects to no other process, so the transport needs no values either.
 */
function resolvedHere(
  placement: Placement | undefined,
  { checking }: LoadOptions,
): ResolveOptions["isResolved"] {
  if (placement === undefined) return undefined;
  const { transport, roles, isLocal } = placement;
  return (entry) => entry === transport ? roles.length > 0 || checking : isLocal(entry.urn);
}

/** A resource that is registered while the app boots cannot wait for the value of another one. */
function noValueYet({ urn }: RegistryEntry): DiglyError {
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `The value of ${urn} is provided by code, and only while the app is loaded`,
  }, { help: "Refer to it in a resource of a manifest as well" });
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
