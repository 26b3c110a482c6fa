/** `textDocument/documentSymbol`: the resources of a file, with their fields. */
import type { Feature } from "./feature.ts";
import { documentIn } from "./params.ts";
import { type DocumentSymbol, SYMBOL_KIND } from "./protocol.ts";
import type { TextDocument } from "./text_document.ts";
import { type DocumentTree, type EntryNode, type MapNode, textOf, valueOf } from "./yaml_tree.ts";

/** How deep the fields of a resource are listed. */
const DEPTH = 2;

/** The symbols of a document. */
export const documentSymbols: Feature = (params, workspace) => {
  const document = documentIn(params, workspace);
  return workspace.trees(document).flatMap((tree) => symbolOf(tree, document) ?? []);
};

function symbolOf({ root }: DocumentTree, document: TextDocument): DocumentSymbol | undefined {
  if (root.type !== "map") return undefined;
  const kind = textOf(root, "kind");
  const metadata = valueOf(root, "metadata");
  const name = textOf(metadata, "name") ?? textOf(root, "name");
  const selected = valueOf(metadata, "name") ?? valueOf(root, "name") ?? root.entries[0]?.key;
  if (selected === undefined) return undefined;
  return {
    name: name ?? kind ?? root.entries[0]?.key.value ?? "",
    ...(kind === undefined ? {} : { detail: kind }),
    kind: kind === undefined && name !== undefined ? SYMBOL_KIND.module : SYMBOL_KIND.object,
    range: document.rangeOf(root),
    selectionRange: document.rangeOf(selected),
    children: fieldsOf(root, document, DEPTH),
  };
}

function fieldsOf({ entries }: MapNode, document: TextDocument, depth: number): DocumentSymbol[] {
  return entries.filter(({ key }) => !["kind", "metadata", ""].includes(key.value)).map((entry) =>
    fieldSymbol(entry, document, depth)
  );
}

function fieldSymbol(
  { key, value }: EntryNode,
  document: TextDocument,
  depth: number,
): DocumentSymbol {
  const hasFields = value.type === "map" && depth > 1;
  return {
    name: key.value,
    kind: value.type === "list" ? SYMBOL_KIND.array : SYMBOL_KIND.field,
    range: document.rangeOf({ start: key.start, end: Math.max(key.end, value.end) }),
    selectionRange: document.rangeOf(key),
    ...(hasFields ? { children: fieldsOf(value, document, depth - 1) } : {}),
  };
}
