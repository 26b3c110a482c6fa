/** Completions of values: kinds, URNs, enumerations, and the modules that a manifest imports. */
import type { KindEntry } from "../load/registry/kinds.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import { TEST_CASE } from "../testing/test_case.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { templatesOf } from "./analysis.ts";
import { type Completing, item } from "./completion_item.ts";
import { COMPLETION_KIND, type CompletionItem } from "./protocol.ts";
import { schemaOfKind, schemasOf } from "./resource_at.ts";
import { type ExpectedUrn, expectedUrn, valuesIn } from "./schema_walk.ts";
import { kindSnippet } from "./snippets.ts";
import { textOf } from "./yaml_tree.ts";

/** What completions of values know beside the app. */
export interface KnownModules {
  /** The names of the built-in modules. */
  readonly names: readonly string[];
  /** The kinds of those that the app does not import, with the import that provides each. */
  readonly kinds: ReadonlyMap<string, { readonly entry: KindEntry; readonly from: string }>;
}

/** The values that can be written at a cursor. */
export function completeValues(completing: Completing, modules: KnownModules): CompletionItem[] {
  const { cursor, resource, app } = completing;
  if (resource === undefined) return [];
  const { path, isManifest } = resource;
  if (isManifest && path[0] === "imports") return imports(completing, modules);
  const last = path.at(-1);
  if (path.length === 1 && last === "kind" && !isManifest) return kinds(completing, modules);
  const schemas = schemasOf(resource, path, app);
  const expected = expectedUrn(schemas) ?? expectedByPlace(resource, app);
  if (expected !== undefined && app !== undefined) return urns(expected, completing, app);
  if (resource.kind === KERNEL_KINDS.kindDefinition && last === "extends") {
    return kindNames(app).map((name) => item(name, { kind: COMPLETION_KIND.class }, completing));
  }
  return valuesIn(schemas).map((value) =>
    item(value === null ? "null" : String(value), {
      kind: COMPLETION_KIND.enumMember,
      group: "0",
    }, completing)
  ).filter(({ label }) => label !== cursor.value || label === "");
}

/** References whose schema does not say so by itself: in maps, and in tests. */
function expectedByPlace(
  resource: NonNullable<Completing["resource"]>,
  app: LoadedApp | undefined,
): ExpectedUrn | undefined {
  const { kind, path } = resource;
  const last = path.at(-1);
  if (kind === TEST_CASE && path[0] === "steps" && last === "execute") return { kinds: [] };
  if (last !== "name" || path.length < 2 || path[0] === "metadata") return undefined;
  return expectedUrn(schemasOf(resource, path.slice(0, -1), app));
}

function urns(
  { kinds }: ExpectedUrn,
  completing: Completing,
  app: LoadedApp,
): CompletionItem[] {
  const { resource, cursor } = completing;
  // `{ kind: Http.Api, name: … }` names a resource in two parts.
  const parent = cursor.parents.at(-1);
  const kind = cursor.path.at(-1) === "name" && parent !== resource?.node
    ? textOf(parent, "kind")
    : undefined;
  return app.entries().filter((entry) =>
    (kinds.length === 0
      ? isExecutable(entry.kind, app)
      : kinds.some((wanted) => app.kinds.isA(entry.kind, wanted))) &&
    app.kinds.get(entry.kind) !== undefined && (kind === undefined || kind === entry.kind)
  ).map(({ urn, kind: own, name }) =>
    item(kind === undefined ? urn : name, {
      kind: COMPLETION_KIND.reference,
      detail: own,
      documentation: app.kinds.get(own)?.description,
      group: "0",
    }, completing)
  );
}

/** False for resources without a controller, and for those that have a value instead. */
function isExecutable(kind: string, app: LoadedApp): boolean {
  const entry = app.kinds.get(kind);
  return entry?.implementation.type !== "inert" && entry?.valueExpression === undefined;
}

function kindNames(app: LoadedApp | undefined): string[] {
  return app === undefined ? [] : [...app.kinds.names()];
}

function kinds(completing: Completing, modules: KnownModules): CompletionItem[] {
  const { app, resource } = completing;
  // The fields are added where the kind is all that is written.
  const isNew = resource?.node.entries.length === 1 && !resource.node.isFlow;
  const snippetOf = (kind: string, schema: unknown) =>
    isNew ? kindSnippet(kind, schema) : undefined;
  const own = kindNames(app).map((name) => {
    const entry = app?.kinds.get(name);
    return item(name, {
      kind: COMPLETION_KIND.class,
      detail: entry?.module,
      documentation: entry?.description,
      snippet: snippetOf(name, entry?.schema),
      group: "0",
    }, completing);
  });
  const templates = app === undefined
    ? []
    : templatesOf(app).map(({ name, manifest, resource }) => {
      const kind = `${manifest.source.module}.${name}`;
      const { description } = resource as { readonly description?: unknown };
      return item(kind, {
        kind: COMPLETION_KIND.class,
        detail: "template",
        documentation: typeof description === "string" ? description : undefined,
        snippet: snippetOf(kind, resource["schema"]),
        group: "0",
      }, completing);
    });
  const kernel = Object.values(KERNEL_KINDS).map((name) =>
    item(name, {
      kind: COMPLETION_KIND.class,
      detail: "runtime",
      snippet: snippetOf(name, schemaOfKind({ kind: name, entry: undefined }, app)),
      group: "2",
    }, completing)
  );
  const known = new Set(own.map(({ label }) => label));
  const others = [...modules.kinds].filter(([name]) => !known.has(name)).map(([name, found]) =>
    item(name, {
      kind: COMPLETION_KIND.class,
      detail: `add "${found.from}" to imports`,
      documentation: found.entry.description,
      snippet: snippetOf(name, found.entry.schema),
      group: "4",
    }, completing)
  );
  return [...own, ...templates, ...kernel, ...others];
}

function imports(completing: Completing, { names }: KnownModules): CompletionItem[] {
  const list = completing.cursor.parents.find((parent) => parent.type === "list");
  const written = new Set(
    list?.items.map((one) => one.type === "scalar" ? one.value : undefined),
  );
  return names.map((name) => `digly:${name}`).filter((name) => !written.has(name)).map((name) =>
    item(name, { kind: COMPLETION_KIND.value, detail: "built-in module", group: "0" }, completing)
  );
}
