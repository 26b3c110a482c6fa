/**
 * The expand stage: documents become manifests that can be registered, each with its URI;
 * instances of templates are replaced by the resources they generate. See docs/decisions.md#uris and
 * docs/decisions.md#template-instances.
 */
import { isMap } from "../../contract/resource.ts";
import type { CompiledDocument, ExpandedManifest } from "../../contract/source.ts";
import { formatUrn, KERNEL_KINDS, rootOfKind } from "../../contract/urn.ts";
import { unwrapRaw } from "../opaque.ts";
import { loadSchemaCompiler } from "../../schema/schema.ts";
import type { Addition } from "./addition.ts";
import { type InlineOptions, takeInline } from "./inline.ts";
import type { Documents, ExpandOptions } from "./options.ts";
import { createExpander } from "./instances.ts";
import { resourceUri } from "./lineage.ts";
import { createParameterReader } from "./parameters.ts";
import { createTemplateTable, readTemplate, type Template } from "./templates.ts";
import { createExpansionContext, DocumentAborted, ExpansionAborted } from "./context.ts";

/** What came of the documents, and how to continue. */
export interface Expanded {
  readonly manifests: readonly ExpandedManifest[];
  readonly templates: readonly Template[];
  /** What a resource from code becomes: itself, or what its template generates. */
  expand(addition: Addition): readonly ExpandedManifest[];
}

/**
 * Turns compiled documents into manifests, in order; an instance of a template is replaced by
 * what it generates, and what has no valid shape is left out.
 */
export async function expandDocuments(
  documents: readonly CompiledDocument[],
  options: ExpandOptions,
): Promise<Expanded> {
  const { kinds, diagnostics, limits } = options;
  const shaped: ExpandedManifest[] = [];
  for (const document of documents) {
    const shape = options.checkShape(document, diagnostics);
    if (shape !== undefined) shaped.push(toManifest(shape, document));
  }
  const schemaRefs = options.schemaRefs(documentsOf(shaped));
  const bodies = shaped.filter(({ kind }) => kind === KERNEL_KINDS.template);
  const compiler = bodies.some(({ value }) => isMap(value) && value["schema"] !== undefined)
    ? await loadSchemaCompiler()
    : undefined;
  const templates = bodies.map((resource) => readTemplate(resource, { ...options, schemaRefs }));
  const namespaces = new Set<string>();
  for (const kind of kinds.keys()) namespaces.add(rootOfKind(kind));
  const context = createExpansionContext(limits, diagnostics, namespaces, options);
  const manifests: ExpandedManifest[] = [];
  const table = createTemplateTable(templates);
  const inlineOptions: InlineOptions = {
    ...options,
    isTemplate: (kind, module) => !kinds.has(kind) && table.find(kind, module) !== undefined,
  };
  const add = (manifest: ExpandedManifest, depth = 0) => {
    const { owner, inline } = takeInline(manifest, inlineOptions);
    if (manifests.push(owner) > limits.resources) {
      const problem = `The app exceeds ${limits.resources} resources`;
      throw context.exceeded("resources", problem, manifest.originAt([]), true);
    }
    const [first] = inline;
    if (first !== undefined && depth >= limits.inlineDepth) {
      const problem = `Inline resources nest more than ${limits.inlineDepth} levels deep`;
      throw context.exceeded("inlineDepth", problem, first.originAt([]), false);
    }
    for (const one of inline) add(one, depth + 1);
  };
  const expand = createExpander({
    options,
    table,
    context,
    readParameters: createParameterReader(compiler, context),
    add,
  });
  for (const resource of shaped) {
    try {
      if (!expand(resource)) add(withoutRaw(resource));
    } catch (error) {
      if (!(error instanceof DocumentAborted)) throw error;
      if (error instanceof ExpansionAborted) break;
    }
  }
  return {
    manifests,
    templates,
    expand(addition) {
      const shape = options.checkShape(addition, diagnostics);
      if (shape === undefined) return [];
      const { uri, generationDepth } = addition;
      const candidate = toManifest(shape, addition);
      const before = manifests.length;
      const lineage = { prefix: `${uri}/`, generation: generationDepth + 1 };
      if (!expand(candidate, lineage)) {
        add({ ...withoutRaw(candidate), uri, generationDepth });
      }
      return manifests.slice(before);
    },
  };
}

function documentsOf(resources: readonly ExpandedManifest[]): Documents {
  const ofKind = (wanted: string) => resources.filter(({ kind }) => kind === wanted);
  return {
    get(kind, name) {
      const manifest = ofKind(kind).find((resource) => resource.name === name);
      return manifest && { manifest };
    },
    ofKind: (kind) => ofKind(kind).map(({ name }) => ({ urn: formatUrn(kind, name) })),
  };
}

function toManifest(
  { kind, name }: NonNullable<ReturnType<ExpandOptions["checkShape"]>>,
  { value, source, originAt }: CompiledDocument,
): ExpandedManifest {
  return {
    kind,
    name,
    source,
    value,
    uri: resourceUri(source.url, kind, name),
    generationDepth: 0,
    originAt,
  };
}

/** The manifest of a template has the value of its body as it is registered, without `!raw`. */
function withoutRaw(manifest: ExpandedManifest): ExpandedManifest {
  return manifest.kind === KERNEL_KINDS.template
    ? { ...manifest, value: unwrapRaw(manifest.value) }
    : manifest;
}
