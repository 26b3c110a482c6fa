/**
 * The expand stage: documents become manifests that can be registered, each with its URI.
 * Rules: specification §3.3 and §14, decision D-7.
 */
import { isMap, type ValueMap } from "../contract/resource.ts";
import type { CompiledDocument, ExpandedManifest } from "../contract/source.ts";
import { formatUrn } from "../contract/urn.ts";

/** Says what kind and name a document has, or reports why it has none. */
export type CheckShape = (
  document: CompiledDocument,
) => { readonly kind: string; readonly name: string } | undefined;

/** Turns compiled documents into manifests, in order; what has no valid shape is left out. */
export function expandDocuments(
  documents: readonly CompiledDocument[],
  checkShape: CheckShape,
): ExpandedManifest[] {
  const manifests: ExpandedManifest[] = [];
  for (const document of documents) {
    const shape = checkShape(document);
    if (shape === undefined || !isMap(document.value)) continue;
    manifests.push({
      ...shape,
      source: document.source,
      value: document.value satisfies ValueMap,
      uri: resourceUri(document.source.url, shape.kind, shape.name),
      generationDepth: 0,
      originAt: (path, anchor) => document.originAt(path, anchor),
    });
  }
  return manifests;
}

/** `file:///app/routes.yaml#Http.Route.Hello`, percent-encoded as the URL standard says. */
function resourceUri(url: string, kind: string, name: string): string {
  // Kinds are ASCII identifiers; of what a name may hold only letters beyond ASCII need encoding.
  return `${url}#${encodeURI(formatUrn(kind, name))}`;
}
