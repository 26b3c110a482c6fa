/**
 * From a path to a frozen registry: the stages of loading, in their order, each finished for
 * all manifests before the next begins.
 */
import type { Template } from "../template/expand/templates.ts";
import { type LoadedModule, loadModules } from "./imports/modules.ts";
import { reportUnusedEntrypoints } from "./imports/unused_entrypoints.ts";
import { engine, loadEngine } from "../template/expr/engine.ts";
import { Branches, type SkippedBranch } from "../template/compile/branches.ts";
import type { EvaluatedExpression, OnEvaluated } from "../template/expr/evaluated.ts";
import { fail } from "../contract/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../contract/limits.ts";
import { isRemote } from "../contract/location.ts";
import type { ParsedDocument } from "../contract/source.ts";
import { createCreators, readAddition } from "../template/expand/addition.ts";
import { expandDocuments } from "../template/expand/expand.ts";
import { type KindTable } from "./registry/kinds.ts";
import { opaquePathsOf } from "./registry/opaque_paths.ts";
import { createOwnedKeys } from "./registry/owned_keys.ts";
import { mayBeReference } from "../schema/ready_fields.ts";
import { namesField } from "../schema/unknown_fields.ts";
import type { Evaluation } from "./references/evaluate_text.ts";
import type { ResolveOptions } from "./references/references.ts";
import { createRegistry, type Registry, type RegistryEntry } from "./registry/registry.ts";
import { createSchemaRefs } from "./references/schema_refs.ts";
import { createRegistration } from "./registration.ts";
import { createResolution } from "./resolution.ts";
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
  const { platform, diagnostics, env } = given;
  const registry = createRegistry(platform.toPath);
  const started = isRemote(path) ? undefined : readStarted(path, given);
  const limits = { ...DEFAULT_LIMITS, ...started?.limits, ...given.limits };
  const options: LoadOptions = { ...given, limits };
  options.onProgress?.({ step: "files", done: 0 });
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
  let files = 0;
  const onFile = () => options.onProgress?.({ step: "files", done: ++files });
  for (const module of modules) parsed.push(...await parseModule(module, remote, options, onFile));
  if (documentsNeedEngine(parsed.map(({ document }) => document))) await loadEngine();
  const evaluated: EvaluatedExpression[] = [];
  const onEvaluated = takesEvaluated(options, evaluated);
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
      return entry && opaquePathsOf(entry);
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
    onCondition: options.onCondition,
    reached: options.checking ? reached : undefined,
    limits: options.limits,
    diagnostics,
    checkShape: checkResourceShape,
    schemaRefs: (source) => createSchemaRefs(source, options.limits, diagnostics),
  });
  const used = new Set(expanded.manifests.map(({ kind }) => kind));
  if (kindsNeedEngine(used, kinds)) await loadEngine();
  const register = await createRegistration(registry, kinds, used, options);
  register(expanded.manifests);
  const placement = await placementOf(registry, kinds, options);
  const resolution = createResolution(registry, kinds, {
    options,
    onEvaluated,
    ...resolvedHere(placement, options),
  });
  await resolution.resolveAll();
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
      resolution.resolveAdded(entries);
      return entries;
    },
    evaluate: resolution.evaluate,
  };
}

/** What takes the expressions that are evaluated: a check keeps them, coverage wants their branches. */
function takesEvaluated(
  { checking, onCondition }: LoadOptions,
  evaluated: EvaluatedExpression[],
): OnEvaluated | undefined {
  if (onCondition !== undefined) {
    return (expression) =>
      engine().observeConditionals(expression, onCondition)?.(expression.scope);
  }
  return checking ? (expression) => void evaluated.push(expression) : undefined;
}

/** Which process runs which resource; nothing of it is loaded for an app without a transport. */
async function placementOf(
  registry: Registry,
  kinds: KindTable,
  { roles, observer, diagnostics }: LoadOptions,
): Promise<Placement | undefined> {
  if (
    roles.length === 0 && !observer &&
    ![...registry.kinds()].some((kind) => kinds.get(kind)?.transport)
  ) {
    return undefined;
  }
  const { readPlacement } = await import("./placement.ts");
  return readPlacement(registry, kinds, { roles, observer }, diagnostics);
}

/**
 * Whose expressions are evaluated here: those of resources that this process runs. Without a role it
 * connects to no other process, so the transport needs no values, and a check of it no environment.
 */
function resolvedHere(
  placement: Placement | undefined,
  { checking }: LoadOptions,
): Pick<ResolveOptions, "isResolved" | "mayBeUnset"> {
  if (placement === undefined) return {};
  const { transport, connects, isLocal } = placement;
  return {
    isResolved: (entry) => entry === transport ? connects || checking : isLocal(entry.urn),
    mayBeUnset: (entry) => entry === transport && !connects,
  };
}
