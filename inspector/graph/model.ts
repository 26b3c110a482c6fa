/** What the graph shows: the resources that pass the filters, or groups of them where they are many. */
import type { Edge, EdgeReason, ResourceSummary } from "../../src/inspector/api.ts";
import { count } from "../format.ts";

/** Above this number of resources, they are shown as groups. */
export const COLLAPSE_ABOVE = 300;

/** A resource, as far as the graph needs it. */
export type GraphResource = Pick<ResourceSummary, "urn" | "kind" | "name" | "module">;

/** A connection, as far as the graph needs it. */
export type GraphEdge = Pick<Edge, "from" | "to" | "reasons">;

/** The reasons of connections, the one that says most about an app first. */
export const REASONS: readonly EdgeReason[] = [
  "execution",
  "mount",
  "reference",
  "ready",
  "instance of",
  "inline",
];

/** What the user chose to see. */
export interface Filters {
  /** Part of a URN or of the name of a module; case does not matter. */
  readonly query: string;
  /** The URNs of the resources in the chosen state; undefined for those of every state. */
  readonly inState: ReadonlySet<string> | undefined;
  /** Without it, resources of every kind are shown. */
  readonly kind: string | undefined;
  /** Reasons whose connections are hidden. */
  readonly hidden: ReadonlySet<EdgeReason>;
  /** Whether the direct neighbours of what matches are shown as well. */
  readonly neighbours: boolean;
  /** Ids of the groups that are open. */
  readonly open: ReadonlySet<string>;
}

/** A box of the graph: a resource, or a closed group of resources. */
export interface ViewNode {
  /** A URN, or the id of a group. */
  readonly id: string;
  readonly module: string;
  readonly label: string;
  readonly sublabel: string;
  /** The URNs of the resources that it represents. */
  readonly members: readonly string[];
  readonly isGroup: boolean;
  /** True for a neighbour that does not match the filters itself. */
  readonly isContext: boolean;
}

/** A line of the graph, for one connection or for all of the same reason between two boxes. */
export interface ViewEdge {
  readonly from: string;
  readonly to: string;
  /** The first of {@link REASONS} that applies and is not hidden. */
  readonly reason: EdgeReason;
  /** Keys of the connections, see {@link edgeKey}. */
  readonly members: readonly string[];
}

/** What the graph shows. */
export interface ViewGraph {
  readonly nodes: readonly ViewNode[];
  readonly edges: readonly ViewEdge[];
  /** How many resources match the filters. */
  readonly matches: number;
  /** Whether groups are shown. */
  readonly isGrouped: boolean;
}

/** The key of a connection; rates are kept by it. */
export function edgeKey({ from, to }: Pick<Edge, "from" | "to">): string {
  return `${from}\n${to}`;
}

/** The resources and connections that pass the filters, grouped where they are too many. */
export function viewGraph(
  resources: readonly GraphResource[],
  edges: readonly GraphEdge[],
  filters: Filters,
): ViewGraph {
  const visibleEdges = edges.flatMap(({ from, to, reasons }) => {
    const reason = REASONS.find((reason) =>
      reasons.includes(reason) && !filters.hidden.has(reason)
    );
    return reason === undefined ? [] : [{ from, to, reason }];
  });
  const matching = matchingUrns(resources, filters);
  const shown = new Set(matching);
  if (filters.neighbours && matching.size < resources.length) {
    for (const { from, to } of visibleEdges) {
      if (matching.has(from)) shown.add(to);
      if (matching.has(to)) shown.add(from);
    }
  }
  const candidates = resources.filter(({ urn }) => shown.has(urn));
  const isGrouped = candidates.length > COLLAPSE_ABOVE;
  const groupOf = isGrouped ? groupsOf(candidates, filters.open) : () => undefined;
  const nodes = new Map<string, ViewNode & { readonly members: string[] }>();
  const nodeOf = new Map<string, string>();
  for (const { urn, kind, name, module } of candidates) {
    const group = groupOf(kind, module);
    const id = group?.id ?? urn;
    nodeOf.set(urn, id);
    const node = nodes.get(id);
    if (node !== undefined) {
      node.members.push(urn);
      continue;
    }
    nodes.set(id, {
      id,
      module,
      label: group?.label ?? name,
      sublabel: kindIn(kind, module),
      members: [urn],
      isGroup: group !== undefined,
      isContext: group === undefined && !matching.has(urn),
    });
  }
  return {
    nodes: Array.from(
      nodes.values(),
      (node) => node.isGroup ? { ...node, sublabel: count(node.members.length, "resource") } : node,
    ),
    edges: joinEdges(visibleEdges, nodeOf),
    matches: matching.size,
    isGrouped,
  };
}

/** The URNs of the resources that match the filters. */
function matchingUrns(
  resources: readonly GraphResource[],
  { query, inState, kind }: Filters,
): Set<string> {
  const text = query.trim().toLowerCase();
  return new Set(
    resources.filter((resource) =>
      (text === "" || resource.urn.toLowerCase().includes(text) ||
        resource.module.toLowerCase().includes(text)) &&
      (inState === undefined || inState.has(resource.urn)) &&
      (kind === undefined || resource.kind === kind)
    ).map(({ urn }) => urn),
  );
}

/**
 * Finds the closed group of a resource. Groups are modules; an open module that is large itself
 * consists of groups of one kind.
 */
function groupsOf(
  resources: readonly GraphResource[],
  open: ReadonlySet<string>,
): (kind: string, module: string) => { id: string; label: string } | undefined {
  const sizes = new Map<string, number>();
  for (const { module } of resources) sizes.set(module, (sizes.get(module) ?? 0) + 1);
  // A single group would hide everything and explain nothing.
  const isSingle = sizes.size === 1;
  return (kind, module) => {
    const ofModule = moduleGroup(module);
    const size = sizes.get(module) ?? 0;
    if (!isSingle && size > 1 && !open.has(ofModule)) {
      return { id: ofModule, label: titleOf(module) };
    }
    const ofKind = kindGroup(module, kind);
    if (size > COLLAPSE_ABOVE && !open.has(ofKind)) {
      return { id: ofKind, label: kind };
    }
    return undefined;
  };
}

/** A kind below the title of its module: the `Query` of `Sql.Query`. */
function kindIn(kind: string, module: string): string {
  return kind.startsWith(`${module}.`) ? kind.slice(module.length + 1) : kind;
}

/** The title of a module; the runtime itself has no name. */
export function titleOf(module: string): string {
  return module === "" ? "Digly" : module;
}

/** The id of the group of a module. */
export function moduleGroup(module: string): string {
  return `module ${module}`;
}

/** The id of the group of the resources of one kind in a module. */
export function kindGroup(module: string, kind: string): string {
  return `kind ${module} ${kind}`;
}

/** One line for all connections of a reason between two boxes; none from a box to itself. */
function joinEdges(
  edges: readonly { readonly from: string; readonly to: string; readonly reason: EdgeReason }[],
  nodeOf: ReadonlyMap<string, string>,
): ViewEdge[] {
  const joined = new Map<string, ViewEdge & { readonly members: string[] }>();
  for (const edge of edges) {
    const from = nodeOf.get(edge.from);
    const to = nodeOf.get(edge.to);
    if (from === undefined || to === undefined || from === to) continue;
    const key = `${edgeKey({ from, to })}\n${edge.reason}`;
    const line = joined.get(key);
    if (line !== undefined) line.members.push(edgeKey(edge));
    else joined.set(key, { from, to, reason: edge.reason, members: [edgeKey(edge)] });
  }
  return [...joined.values()];
}
