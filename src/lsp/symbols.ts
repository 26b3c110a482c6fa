/** Resources, kinds, templates and files, and every place in a document that names one of them. */
import { parse } from "../cel/parse.ts";
import { type Use, usesOf } from "../cel/uses.ts";
import type { TextPart } from "../contract/source.ts";
import { formatUrn, KERNEL_KINDS, parseUrn } from "../contract/urn.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { findTargets } from "../load/references/namespaces.ts";
import { TEST_CASE } from "../testing/test_case.ts";
import { templateOf } from "./analysis.ts";
import { expressionsIn, isBareExpression, type WrittenExpression } from "./expression_at.ts";
import { isManifestFile } from "./locate_app.ts";
import { resourceAround, type WrittenResource } from "./resource_at.ts";
import type { TextDocument } from "./text_document.ts";
import { type DocumentTree, type Found, type ScalarNode, scalarsOf, textOf } from "./yaml_tree.ts";

/** Something that has a name. */
export type Symbol =
  | { readonly type: "resource"; readonly urn: string; readonly field: readonly string[] }
  | { readonly type: "kind"; readonly kind: string }
  | { readonly type: "template"; readonly name: string }
  | { readonly type: "file"; readonly path: string };

/** A place that names a symbol. */
export interface Occurrence extends TextPart {
  readonly symbol: Symbol;
  /** The name of a resource, without its kind. */
  readonly name: TextPart;
  /** How the name is written: alone, behind a dot, or as an index of an expression. */
  readonly form: "plain" | "member" | "index";
  /** True for the name in the resource itself. */
  readonly isDefinition: boolean;
}

/** A document and the app that it belongs to. */
export interface SymbolContext {
  readonly document: TextDocument;
  readonly trees: readonly DocumentTree[];
  readonly app: LoadedApp | undefined;
}

/** A scalar of a document. */
type FoundScalar = Found & { readonly node: ScalarNode };

/** Every place in a document that names something. */
export function* occurrencesIn(context: SymbolContext): Generator<Occurrence> {
  for (const tree of context.trees) {
    for (const found of scalarsOf(tree.root)) yield* occurrencesOf(found, tree, context);
  }
}

/** What the scalar names, as a whole or in its expressions. */
export function* occurrencesOf(
  found: FoundScalar,
  tree: DocumentTree,
  context: SymbolContext,
): Generator<Occurrence> {
  const { document, trees, app } = context;
  const { node } = found;
  const isFirst = tree.index === 0 && isManifestFile(document.url, trees);
  const resource = resourceAround(found, { isFirst, app });
  const whole = wholeOccurrence(found, resource, app);
  if (whole !== undefined) yield whole;
  else if (app !== undefined && !found.isKey) {
    yield* quotedIn(node, app);
    const isBare = isBareExpression(found.path, resource, app);
    if (!isBare && !node.value.includes("${")) return;
    for (const expression of expressionsIn(node.value, isBare)) {
      yield* inExpression(expression, node, app);
    }
  }
}

/** The symbol that a scalar names as a whole. */
function wholeOccurrence(
  { node, path, parents, isKey }: FoundScalar,
  resource: WrittenResource | undefined,
  app: LoadedApp | undefined,
): Occurrence | undefined {
  const { value } = node;
  const inner = innerPart(node);
  const plain = { ...inner, name: inner, form: "plain", isDefinition: false } as const;
  if (isKey) {
    const isMock = resource?.kind === TEST_CASE && resource.path.length === 2 &&
      resource.path[0] === "mock";
    return isMock ? urnOccurrence(value, node, app) : undefined;
  }
  const last = path.at(-1);
  const own = resource?.path ?? [];
  const parent = parents.at(-1);
  if (resource?.kind !== undefined && own.length === 1 && last === "kind") {
    return kindOccurrence(value, plain, app);
  }
  if (resource?.kind !== undefined && own[0] === "metadata" && own.length === 2) {
    return metadataOccurrence(resource, String(last), plain, app);
  }
  if (last === "extends" && resource?.kind === KERNEL_KINDS.kindDefinition) {
    return kindOccurrence(value, plain, app);
  }
  if (last === "digly:kind" || (typeof last === "number" && path.at(-2) === "digly:kind")) {
    return kindOccurrence(value, plain, app);
  }
  if (last === "kind" && app?.kinds.get(value) !== undefined) {
    return kindOccurrence(value, plain, app);
  }
  const kind = last === "name" ? textOf(parent, "kind") : undefined;
  if (kind !== undefined && app?.entry(formatUrn(kind, value)) !== undefined) {
    return { ...plain, symbol: { type: "resource", urn: formatUrn(kind, value), field: [] } };
  }
  return urnOccurrence(value, node, app) ??
    (isPathPlace(value, last, resource)
      ? { ...plain, symbol: { type: "file", path: value } }
      : undefined);
}

function urnOccurrence(
  value: string,
  node: ScalarNode,
  app: LoadedApp | undefined,
): Occurrence | undefined {
  const parsed = value.includes(".") ? parseUrn(value) : undefined;
  if (parsed === undefined || app?.entry(value) === undefined) return undefined;
  const { name } = parsed;
  return {
    ...innerPart(node),
    symbol: { type: "resource", urn: value, field: [] },
    name: node.partOf(value.length - name.length, value.length),
    form: "plain",
    isDefinition: false,
  };
}

/** A URN in quotes, in code and in expressions. */
const QUOTED = /(["'`])([A-Za-z_][\w.]*\.[\p{L}\p{N}_:@-]+)\1/gu;

function* quotedIn(node: ScalarNode, app: LoadedApp): Generator<Occurrence> {
  for (const { index, 2: urn = "" } of node.value.matchAll(QUOTED)) {
    const parsed = parseUrn(urn);
    if (parsed === undefined || app.entry(urn) === undefined) continue;
    const [start, end] = [index + 1, index + 1 + urn.length];
    yield {
      ...node.partOf(start, end),
      symbol: { type: "resource", urn, field: [] },
      name: node.partOf(end - parsed.name.length, end),
      form: "plain",
      isDefinition: false,
    };
  }
}

type Plain = Omit<Occurrence, "symbol">;

function kindOccurrence(
  kind: string,
  plain: Plain,
  app: LoadedApp | undefined,
): Occurrence | undefined {
  if (app === undefined) return undefined;
  const template = templateOf(kind, app);
  if (template !== undefined) {
    return { ...plain, symbol: { type: "template", name: template.name } };
  }
  const isKnown = app.kinds.get(kind) !== undefined;
  return isKnown ? { ...plain, symbol: { type: "kind", kind } } : undefined;
}

function metadataOccurrence(
  { kind, node, name }: WrittenResource,
  field: string,
  plain: Plain,
  app: LoadedApp | undefined,
): Occurrence | undefined {
  const definition = { ...plain, isDefinition: true };
  if (kind === KERNEL_KINDS.definition) {
    const resourceKind = textOf(node, "metadata", "resourceKind");
    const known = [...app?.kinds.names() ?? []].find((one) =>
      one === resourceKind || one.endsWith(`.${resourceKind}`) && isDefinedIn(one, app)
    );
    return field === "resourceKind" && known !== undefined
      ? { ...definition, symbol: { type: "kind", kind: known } }
      : undefined;
  }
  if (field !== "name" || name === undefined) return undefined;
  if (kind === KERNEL_KINDS.kindDefinition) {
    return { ...definition, symbol: { type: "kind", kind: name } };
  }
  if (kind === KERNEL_KINDS.template) return { ...definition, symbol: { type: "template", name } };
  return name.includes("${") || kind === undefined
    ? undefined
    : { ...definition, symbol: { type: "resource", urn: formatUrn(kind, name), field: [] } };
}

/** True if a kind is defined by the user; those that are built in have other files. */
function isDefinedIn(kind: string, app: LoadedApp | undefined): boolean {
  return app?.kinds.get(kind)?.sourceUrl?.startsWith("file:") === true;
}

/** The resources that an expression reads. */
function* inExpression(
  { text, offset }: WrittenExpression,
  node: ScalarNode,
  app: LoadedApp,
): Generator<Occurrence> {
  let uses: readonly Use[];
  const indent = text.length - text.trimStart().length;
  try {
    uses = usesOf(parse(text.trim()));
  } catch {
    return; // An expression that is not finished names nothing yet.
  }
  for (const use of uses) {
    const reference = { ...use, expression: text, offset, source: undefined };
    const targets = use.root === "env" ? undefined : findTargets(reference, app.app.registry);
    if (targets?.length !== 1) continue;
    const [{ entry, steps, rest }] = targets as [NonNullable<typeof targets>[number]];
    if (steps.length > use.path.length) continue;
    const at = offset + indent;
    const [nameStart, end] = use.ends.slice(steps.length - 1);
    if (nameStart === undefined || end === undefined) continue;
    const isIndex = text.trim()[nameStart] === "[";
    yield {
      ...node.partOf(at + use.start, at + end),
      symbol: { type: "resource", urn: entry.urn, field: [] },
      // `.Name` or `['Name']`, with what separates it from the kind.
      name: node.partOf(at + nameStart, at + end),
      form: isIndex ? "index" : "member",
      isDefinition: false,
    };
    if (rest.length > 0) {
      yield {
        ...node.partOf(at + end, at + use.end),
        symbol: { type: "resource", urn: entry.urn, field: rest },
        name: node.partOf(at + end, at + use.end),
        form: "member",
        isDefinition: false,
      };
    }
  }
}

/** Fields whose strings name files. */
const FILE_FIELDS = new Set([
  "file",
  "app",
  "check",
  "entrypoint",
  "path",
  "from",
  "root",
  "$include",
]);

/** Lists of a manifest or a definition whose strings name files. */
const FILE_LISTS = new Set(["imports", "definitions", "resources", "controllers", "entrypoints"]);

function isPathPlace(
  value: string,
  last: string | number | undefined,
  resource: WrittenResource | undefined,
): boolean {
  if (value === "" || value.includes("${") || /^[a-z][a-z0-9+.-]+:/.test(value)) return false;
  const own = resource?.path ?? [];
  return FILE_FIELDS.has(String(last)) ||
    (typeof last === "number" && FILE_LISTS.has(String(own.at(-2)))) ||
    /^\.{1,2}\//.test(value);
}

/** A string without its quotes. */
function innerPart(node: ScalarNode): TextPart {
  return node.isQuoted && node.end - node.start >= 2
    ? { start: node.start + 1, end: node.end - 1 }
    : { start: node.start, end: node.end };
}

/** True if two symbols are the same. */
export function isSame(a: Symbol, b: Symbol): boolean {
  if (a.type === "resource") {
    return b.type === "resource" && a.urn === b.urn && a.field.length === 0 && b.field.length === 0;
  }
  if (a.type === "kind") return b.type === "kind" && a.kind === b.kind;
  if (a.type === "template") return b.type === "template" && a.name === b.name;
  return b.type === "file" && a.path === b.path;
}
