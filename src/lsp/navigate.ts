/** `textDocument/definition`, `textDocument/references` and `workspace/symbol`. */
import type { Origin } from "../contract/errors.ts";
import { resolveLocation } from "../contract/location.ts";
import { parseUrn } from "../contract/urn.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { templatesOf } from "./analysis.ts";
import { locationOf } from "./diagnostics.ts";
import type { Feature } from "./feature.ts";
import { placeIn } from "./params.ts";
import { type Location, SYMBOL_KIND, type WorkspaceSymbol } from "./protocol.ts";
import { isSame, type Occurrence, occurrencesIn, occurrencesOf, type Symbol } from "./symbols.ts";
import type { TextDocument } from "./text_document.ts";
import type { Workspace } from "./workspace.ts";
import { nodeAt, type ScalarNode } from "./yaml_tree.ts";

/** What the place of a request names. */
export interface Named {
  readonly document: TextDocument;
  readonly occurrence: Occurrence;
  readonly app: LoadedApp | undefined;
}

/** What is named at an offset of a document. */
export async function namedAt(
  { document, offset }: { readonly document: TextDocument; readonly offset: number },
  workspace: Workspace,
): Promise<Named | undefined> {
  await workspace.settled();
  const app = await workspace.appOf(document.url);
  const trees = workspace.trees(document);
  const tree = trees.find(({ start, end }) => start <= offset && offset <= end);
  const found = tree && nodeAt(tree.root, offset);
  if (tree === undefined || found?.node.type !== "scalar") return undefined;
  const scalar = { ...found, node: found.node as ScalarNode };
  for (const occurrence of occurrencesOf(scalar, tree, { document, trees, app })) {
    if (occurrence.start <= offset && offset <= occurrence.end) {
      return { document, occurrence, app };
    }
  }
  return undefined;
}

/** Where what is named at a place is defined. */
export const definition: Feature = async (params, workspace) => {
  const named = await namedAt(placeIn(params, workspace), workspace);
  return named === undefined ? null : definitionOf(named, workspace) ?? null;
};

function definitionOf(
  { occurrence, app, document }: Named,
  workspace: Workspace,
): Location | undefined {
  const { symbol } = occurrence;
  if (symbol.type === "file") return fileLocation(symbol.path, document.url, workspace);
  const origin = app === undefined ? undefined : originOf(symbol, app);
  return origin === undefined || !isFile(origin) ? undefined : locationIn(origin, workspace);
}

function locationIn(origin: Origin, workspace: Workspace): Location {
  return locationOf(origin, (file) => workspace.uriOf(file));
}

/** True for a place in a file, which editors can open; built-in modules have none. */
function isFile({ file }: Origin): boolean {
  return !/^[a-z][a-z0-9+.-]+:/.test(file);
}

function originOf(symbol: Symbol, app: LoadedApp): Origin | undefined {
  switch (symbol.type) {
    case "resource":
      return symbol.field.length === 0
        ? app.originAt(symbol.urn, ["metadata", "name"])
        : app.originAt(symbol.urn, symbol.field, "key");
    case "kind":
      return app.kinds.get(symbol.kind)?.originOf();
    case "template":
      return templatesOf(app).find(({ name }) => name === symbol.name)
        ?.manifest.originAt(["metadata", "name"]);
    case "file":
      return undefined;
  }
}

/** The file that a path names; of a folder, its manifest. */
function fileLocation(path: string, base: string, workspace: Workspace): Location | undefined {
  let url: string;
  try {
    url = resolveLocation(path, base);
  } catch {
    return undefined;
  }
  const file = workspace.fileAt(url);
  if (file === undefined) return undefined;
  const start = { line: 0, character: 0 };
  return { uri: workspace.uriOf(file), range: { start, end: start } };
}

/** Every place that names what is named at a place. */
export const references: Feature = async (params, workspace, signal) => {
  const named = await namedAt(placeIn(params, workspace), workspace);
  if (named === undefined) return [];
  const { includeDeclaration = true } = Object(Object(params).context);
  const found = occurrencesOfSymbol(named.occurrence.symbol, named.document, workspace);
  const locations: Location[] = [];
  for (const { document, occurrence } of found) {
    if (signal.aborted) return [];
    if (occurrence.isDefinition && includeDeclaration === false) continue;
    locations.push({ uri: workspace.uriOf(document.url), range: document.rangeOf(occurrence) });
  }
  return locations;
};

/** The places that name a symbol in all files of the apps that a document belongs to. */
export function* occurrencesOfSymbol(
  symbol: Symbol,
  { url }: TextDocument,
  workspace: Workspace,
): Generator<{ readonly document: TextDocument; readonly occurrence: Occurrence }> {
  // The URN of a resource can be parsed.
  const word = symbol.type === "resource" ? parseUrn(symbol.urn)!.name : wordOf(symbol);
  const seen = new Set<string>();
  for (const { document, app } of filesWith(url, workspace)) {
    // Most files do not name it at all.
    if (seen.has(document.url) || !document.text.includes(word)) continue;
    seen.add(document.url);
    for (const occurrence of occurrencesIn({ document, trees: workspace.trees(document), app })) {
      if (isSame(occurrence.symbol, symbol)) yield { document, occurrence };
    }
  }
}

function wordOf(symbol: Exclude<Symbol, { type: "resource" }>): string {
  if (symbol.type === "file") return symbol.path;
  return symbol.type === "template"
    ? symbol.name
    : symbol.kind.slice(symbol.kind.lastIndexOf(".") + 1);
}

/** The files of every app that a file is a part of, and the tests of these apps. */
function* filesWith(
  url: string,
  workspace: Workspace,
): Generator<{ readonly document: TextDocument; readonly app: LoadedApp | undefined }> {
  const all = workspace.analyses().filter(({ files }) => files.has(url));
  const tested = all.find(({ app }) => app !== undefined)?.app;
  for (const { files, app = tested } of all) {
    for (const file of files.keys()) {
      const document = workspace.document(file);
      if (document !== undefined && file.startsWith("file:")) yield { document, app };
    }
  }
}

/** How many symbols a search gives. */
const MAX_SYMBOLS = 500;

/** The resources of all apps whose names contain the query. */
export const workspaceSymbols: Feature = async (params, workspace) => {
  await workspace.settled();
  const { query } = Object(params);
  const wanted = String(query ?? "").toLowerCase();
  const found = new Map<string, WorkspaceSymbol>();
  for (const { app } of workspace.analyses()) {
    for (const { urn, kind } of app?.entries() ?? []) {
      if (found.size >= MAX_SYMBOLS) return [...found.values()];
      const origin = urn.toLowerCase().includes(wanted)
        ? app?.originAt(urn, ["metadata", "name"])
        : undefined;
      if (origin === undefined || !isFile(origin)) continue;
      const location = locationIn(origin, workspace);
      const symbol = { name: urn, kind: SYMBOL_KIND.object, containerName: kind, location };
      found.set(JSON.stringify([urn, location]), symbol);
    }
  }
  return [...found.values()];
};
