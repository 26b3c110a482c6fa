/** `textDocument/hover`: what something is, and its value as far as it is known. */
import type { Node } from "../cel/ast.ts";
import { parse } from "../cel/parse.ts";
import { overloadsOf } from "../cel/signatures.ts";
import { formatType } from "../cel/types.ts";
import { visit } from "../cel/uses.ts";
import { formatField } from "../contract/field_path.ts";
import type { TextPart } from "../contract/source.ts";
import { isDeferred, type Path } from "../contract/resource.ts";
import { formatUrn } from "../contract/urn.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { templateOf } from "./analysis.ts";
import { formatSignature } from "./complete_expression.ts";
import { expressionIn, isBareExpression, type WrittenExpression } from "./expression_at.ts";
import type { Feature } from "./feature.ts";
import { isManifestFile } from "./locate_app.ts";
import { type Names, namesAt, typeOf } from "./names_at.ts";
import { placeIn } from "./params.ts";
import type { Hover } from "./protocol.ts";
import { resourceAround, schemasOf, type WrittenResource } from "./resource_at.ts";
import { descriptionIn, typeWords } from "./schema_walk.ts";
import { type Occurrence, occurrencesOf } from "./symbols.ts";
import type { TextDocument } from "./text_document.ts";
import type { Workspace } from "./workspace.ts";
import { type DocumentTree, type Found, nodeAt, type ScalarNode } from "./yaml_tree.ts";

/** Longer values are cut off. */
const MAX_VALUE = 400;

/** Where the pointer is. */
interface Pointer {
  readonly document: TextDocument;
  readonly offset: number;
  readonly tree: DocumentTree;
  readonly found: Found & { readonly node: ScalarNode };
  readonly resource: WrittenResource | undefined;
  readonly app: LoadedApp | undefined;
  readonly workspace: Workspace;
}

/** What a hover shows, and about which part of the text. */
interface Shown {
  readonly lines: readonly (string | undefined)[];
  readonly part: TextPart;
}

/** What is at a place. */
export const hover: Feature = async (params, workspace): Promise<Hover | null> => {
  const { document, offset } = placeIn(params, workspace);
  await workspace.settled();
  const app = await workspace.appOf(document.url);
  const trees = workspace.trees(document);
  const tree = trees.find(({ start, end }) => start <= offset && offset <= end);
  const found = tree && nodeAt(tree.root, offset);
  if (tree === undefined || found?.node.type !== "scalar") return null;
  const isFirst = tree.index === 0 && isManifestFile(document.url, trees);
  const builtins = (await workspace.modules()).kinds;
  const resource = resourceAround(found, { isFirst, app, builtins });
  const scalar = { ...found, node: found.node };
  const pointer = { document, offset, tree, found: scalar, resource, app, workspace };
  const shown = aboutNamed(pointer) ?? aboutExpression(pointer) ?? aboutField(pointer);
  const lines = shown?.lines.filter((line) => line !== undefined && line !== "") ?? [];
  if (shown === undefined || lines.length === 0) return null;
  return {
    contents: { kind: "markdown", value: lines.join("\n\n") },
    range: document.rangeOf(shown.part),
  };
};

/** What is named: a resource, a kind, a template. */
function aboutNamed(pointer: Pointer): Shown | undefined {
  const { document, offset, tree, found, app, workspace } = pointer;
  const trees = workspace.trees(document);
  const all = [...occurrencesOf(found, tree, { document, trees, app })];
  const occurrence = all.find(({ start, end }) => start <= offset && offset <= end);
  if (occurrence === undefined || app === undefined) return undefined;
  const lines = linesAbout(occurrence, app, workspace);
  return lines && { lines, part: occurrence };
}

function linesAbout(
  { symbol }: Occurrence,
  app: LoadedApp,
  workspace: Workspace,
): Shown["lines"] | undefined {
  switch (symbol.type) {
    case "resource": {
      const kind = app.entry(symbol.urn)?.kind;
      if (kind === undefined) return undefined;
      const field = formatField(symbol.field);
      const type = field === "" ? undefined : typeOfField(kind, symbol.field, app);
      return [
        `**${symbol.urn}${field && `.${field}`}**${type === undefined ? "" : `: \`${type}\``}`,
        field === "" ? app.kinds.get(kind)?.description : undefined,
        field === "" ? undefined : valueLine(symbol.urn, symbol.field, app, workspace),
      ];
    }
    case "kind": {
      const entry = app.kinds.get(symbol.kind);
      const base = entry?.extends === undefined ? "" : `, extends \`${entry.extends}\``;
      return [`**${symbol.kind}** (module ${entry?.module})${base}`, entry?.description];
    }
    case "template": {
      const description = templateOf(symbol.name, app)?.resource["description"];
      return [
        `**${symbol.name}** (template)`,
        typeof description === "string" ? description : undefined,
      ];
    }
    case "file":
      return undefined;
  }
}

function typeOfField(kind: string, field: readonly string[], app: LoadedApp): string | undefined {
  const entry = app.kinds.get(kind);
  return entry === undefined || entry.valueExpression !== undefined
    ? undefined
    : typeWords(schemasOf({ kind, entry, isManifest: false }, field, app));
}

/** The value of a field after all expressions that can be evaluated before the app runs. */
function valueLine(
  urn: string,
  path: Path,
  app: LoadedApp,
  workspace: Workspace,
): string | undefined {
  const entry = app.entry(urn);
  const analysis = workspace.analysisWith(app);
  if (entry === undefined || analysis === undefined) return undefined;
  if (app.kinds.get(entry.kind)?.valueExpression?.sensitive === true) return "Value: `[redacted]`";
  // The whole resource is redacted: what is sensitive is marked in the map around it.
  let value: unknown = analysis.redactValue(entry.resource);
  for (const step of path) value = (Object(value) as Record<string | number, unknown>)[step];
  if (value === undefined) return undefined;
  if (isDeferred(value)) return "Evaluated while the app runs";
  const text = JSON.stringify(value) ?? "";
  const shown = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
  return `Value: \`${shown.replaceAll("`", "'")}\``;
}

/** The type of the part of an expression that the pointer is on. */
function aboutExpression(pointer: Pointer): Shown | undefined {
  const { offset, tree, found, resource, app } = pointer;
  const { node, path, parents, isKey } = found;
  const isBare = !isKey && isBareExpression(path, resource, app);
  if (!isBare && !node.value.includes("${")) return undefined;
  const at = valueOffset(node, offset);
  const expression = expressionIn(node.value, at, isBare);
  if (expression === undefined) return undefined;
  const names = namesAt({ root: tree.root, path, parents, resource, app }, expression.form);
  const about = innermost(expression, at - expression.offset, names);
  if (about === undefined) return undefined;
  const value = about.isWhole ? fieldValue(pointer) : undefined;
  const start = expression.offset + about.start;
  return {
    lines: [`\`${about.text}\`: \`${about.type}\``, value],
    part: node.partOf(start, expression.offset + about.end),
  };
}

/** The offset in the value of a scalar that an offset in the file is at. */
function valueOffset(node: ScalarNode, offset: number): number {
  let low = 0;
  let high = node.value.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (node.partOf(middle, middle + 1).start <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function innermost(
  { text }: WrittenExpression,
  at: number,
  names: Names,
): (TextPart & { text: string; type: string; isWhole: boolean }) | undefined {
  const source = text.trim();
  const indent = text.length - text.trimStart().length;
  let best: Node | undefined;
  try {
    const tree = parse(source);
    visit(tree, (node) => {
      const isHere = node.start <= at - indent && at - indent <= node.end;
      if (isHere && (best === undefined || node.end - node.start < best.end - best.start)) {
        best = node;
      }
    });
  } catch {
    return undefined;
  }
  if (best === undefined) return undefined;
  const { start, end } = best as Node;
  const part = source.slice(start, end);
  const call = best as Node;
  const signatures = call.kind === "call" ? overloadsOf(call.name) : undefined;
  const type = signatures === undefined
    ? formatType(typeOf(part, names), 3)
    : [...signatures.functions, ...signatures.methods].slice(0, 4).map(formatSignature).join("; ");
  return {
    start: start + indent,
    end: end + indent,
    text: part.replaceAll(/\s+/g, " ").replaceAll("`", "'").slice(0, MAX_VALUE),
    type,
    isWhole: part === source,
  };
}

function fieldValue({ resource, app, workspace }: Pointer): string | undefined {
  if (resource?.kind === undefined || resource.name === undefined || app === undefined) {
    return undefined;
  }
  return valueLine(formatUrn(resource.kind, resource.name), resource.path, app, workspace);
}

/** The field that the pointer is on. */
function aboutField(pointer: Pointer): Shown | undefined {
  const { found: { isKey, node }, resource, app } = pointer;
  if (resource === undefined) return undefined;
  const schemas = schemasOf(resource, resource.path, app);
  if (schemas.length === 0) return undefined;
  const title = `**${resource.path.at(-1)}**`;
  const words = typeWords(schemas);
  const standard = schemas.find((schema) => schema["default"] !== undefined)?.["default"];
  const hasExpression = node.value.includes("${");
  return {
    lines: [
      words === "" ? title : `${title}: \`${words}\``,
      descriptionIn(schemas),
      standard === undefined ? undefined : `Default: \`${JSON.stringify(standard)}\``,
      isKey || hasExpression ? fieldValue(pointer) : undefined,
    ],
    part: { start: node.start, end: node.end },
  };
}
