/**
 * The resolve stage: evaluates every `${{ }}` that names only `env` and registered resources,
 * in dependency order, leaves expressions that use names in the scopes of a kind to its controller,
 * and freezes the result.
 *
 * A node of the graph is one deferred value, not a resource: two resources may refer to
 * each other as long as no value depends on itself.
 */
import { withoutRepeats } from "../../diagnostics/repeats.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { type DiglyError, fail, hasCode, isDiglyError } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import { asData, asResource, isDeferred, type Value } from "../../contract/resource.ts";
import { ERROR_VALUE, ErrorValueRead } from "../../template/deferred/error_value.ts";
import { readsOnly, type Reference, referencesOf } from "../../template/deferred/deferred.ts";
import { ExpressionError } from "../../template/expr/expression_error.ts";
import { weigh, type Weight } from "../../template/expr/weigh.ts";
import {
  collectNodes,
  type DeferredNode,
  type DeferredNodes,
  overlaps,
  replaceDeferred,
  resultsOf,
} from "./deferred_nodes.ts";
import { findTargets } from "./namespaces.ts";
import { referenceCycle } from "./reference_errors.ts";
import { createReader, type ReaderOptions } from "./reference_values.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import { namesAt } from "../registry/scopes.ts";
import { createSchemaRefs } from "./schema_refs.ts";
import { hideSensitive } from "../redaction/sensitivity.ts";
import { markUnknown } from "../../template/deferred/unknown_value.ts";
import { type NeededValue, UnknownValue, ValueNeeded } from "./value_resolver.ts";

/** Options of {@link resolveReferences}. */
export interface ResolveOptions extends ReaderOptions {
  readonly limits: Limits;
  /** True where values of controllers are not asked for. */
  readonly checking: boolean;
  /**
   * True for resources that run in this process; the expressions of others are evaluated only if
   * one of these reads them. All of them by default.
   */
  readonly isResolved?: ((entry: RegistryEntry) => boolean) | undefined;
  /** True for resources whose environment variables may be missing: the values stay deferred then. */
  readonly mayBeUnset?: ((entry: RegistryEntry) => boolean) | undefined;
}

/**
 * Resolves and freezes `entries`, all of `registry` or those that came last. Yields the values that
 * controllers have to provide before it can continue.
 */
export function* resolveReferences(
  registry: Registry,
  entries: readonly RegistryEntry[],
  options: ResolveOptions,
): Generator<readonly NeededValue[], void> {
  const { kinds, diagnostics } = options;
  const nodesOf = collectNodes(
    entries,
    kinds,
    createSchemaRefs(registry, options.limits, diagnostics),
  );
  if (nodesOf.size > 0) yield* evaluateAll(registry, nodesOf, options);
  for (const [entry, nodes] of nodesOf) {
    // Most values wait for a controller, so most resources are not copied.
    if (nodes.every(({ deferred, result }) => result === deferred)) continue;
    entry.resource = asResource(replaceDeferred(asData(entry.resource), resultsOf(nodes)));
  }
  for (const entry of entries) {
    deepFreeze(entry.resource);
    hideSensitive(entry);
  }
}

function* evaluateAll(
  registry: Registry,
  nodesOf: DeferredNodes,
  options: ResolveOptions,
): Generator<readonly NeededValue[], void> {
  const { kinds, limits } = options;
  const diagnostics = withoutRepeats(options.diagnostics);
  const valueOf = createReader(registry, nodesOf, options);
  const count = createCount(limits);
  const running: DeferredNode[] = [];

  const { isResolved, mayBeUnset } = options;
  const local: DeferredNodes = isResolved === undefined
    ? nodesOf
    : new Map([...nodesOf].filter(([entry]) => isResolved(entry)));
  const provided = valuesToProvide();
  if (provided.length > 0) yield provided;
  for (const nodes of local.values()) {
    for (const node of nodes) {
      if (isLeft(node)) node.state = "done";
      else yield* evaluate(node);
    }
  }

  /** True for a value that stays as it is, because all that it reads comes from the controller. */
  function isLeft(node: DeferredNode): boolean {
    const scopes = node.entry.scopes ?? kinds.get(node.entry.kind)?.scopes ?? [];
    if (scopes === "*") return true;
    return readsOnly(node.deferred, node.later ??= namesAt(scopes, node.path));
  }

  /** The values of controllers that are read, and that wait for nothing: they come together. */
  function valuesToProvide(): NeededValue[] {
    const isProvided = (kind: string) => {
      const valueExpression = kinds.get(kind)?.valueExpression;
      return valueExpression !== undefined && valueExpression.expression === undefined;
    };
    if (options.checking || ![...registry.kinds()].some(isProvided)) return [];
    const needed = new Set<RegistryEntry>();
    for (const node of [...local.values()].flat()) {
      for (const reference of referencesOf(node.deferred)) {
        for (const { entry } of findTargets(reference, registry) ?? []) {
          if (isProvided(entry.kind) && !nodesOf.has(entry)) needed.add(entry);
        }
      }
    }
    return Array.from(needed, (entry) => ({ entry, resource: entry.resource }));
  }

  /** Evaluates a node after its dependencies, without recursion because chains may be long. */
  function* evaluate(start: DeferredNode): Generator<readonly NeededValue[], void> {
    if (start.state === "done") return;
    const needed: Iterator<DeferredNode>[] = [];
    const begin = (node: DeferredNode) => {
      node.state = "running";
      running.push(node);
      needed.push(neededBy(node).values());
    };
    begin(start);
    for (let node = running.at(-1); node !== undefined; node = running.at(-1)) {
      // There is one iterator for each node that is running.
      const next = needed.at(-1)!.next();
      if (next.done !== true) {
        if (next.value.state === "waiting") begin(next.value);
        else if (next.value.state === "running") failed(node, cycleTo(next.value));
        continue;
      }
      running.pop();
      needed.pop();
      while (!node.isUnknown) {
        const needed = finish(node);
        if (needed === undefined) break;
        yield [needed];
      }
      node.state = "done";
    }
  }

  /** Evaluates a node; returns the value that it needs first, if there is one. */
  function finish(node: DeferredNode): NeededValue | undefined {
    try {
      const result = valueOf(node);
      count(node.entry, result);
      node.result = result;
    } catch (error) {
      if (error instanceof ValueNeeded) return error.needed;
      // The value stays deferred, and values that depend on it are unknown too.
      if (
        error instanceof UnknownValue || error instanceof ErrorValueRead ||
        isUnset(error) && mayBeUnset?.(node.entry)
      ) {
        node.isUnknown = true;
        markUnknown(node.deferred);
      } else failed(node, error);
    }
    return undefined;
  }

  function failed(node: DeferredNode, error: unknown): void {
    // One mistake gives one error: nothing checks the value, and values that depend on it are skipped.
    node.isUnknown = true;
    node.result = ERROR_VALUE;
    diagnostics.error(toDiglyError(error, node));
  }

  /** The nodes that must be evaluated before `node`. */
  function neededBy(node: DeferredNode): readonly DeferredNode[] {
    const scopes = node.entry.scopes ?? kinds.get(node.entry.kind)?.scopes ?? [];
    if (scopes === "*") return [];
    const later = node.later ??= namesAt(scopes, node.path);
    return referencesOf(node.deferred).flatMap((reference) =>
      reference.root === "env" || later.has(reference.root) ? [] : readBy(reference)
    );
  }

  function readBy(reference: Reference): DeferredNode[] {
    return (findTargets(reference, registry) ?? []).flatMap(({ entry, rest }) => {
      const path = kinds.get(entry.kind)?.valueExpression === undefined ? rest : [];
      return (nodesOf.get(entry) ?? []).filter((other) => overlaps(other.path, path));
    });
  }

  /** The cycle from `node` to the node that refers to it; reported at the position of `node`. */
  function cycleTo(node: DeferredNode): DiglyError {
    const nodes = [...running.slice(running.indexOf(node)), node];
    // A cycle has two nodes at least; both may be the same.
    const next = referencesOf(node.deferred).find((one) => readBy(one).includes(nodes[1]!));
    return referenceCycle(nodes.map(({ entry }) => entry.urn), node, next);
  }
}

/** True for the error about an environment variable that is not set. */
function isUnset(error: unknown): boolean {
  return isDiglyError(error) && hasCode(error, "ERR_REFERENCE_UNRESOLVED") &&
    error.details.variable !== undefined;
}

/** Charges resolved values to the limits, since many resources may share a large one. */
function createCount(limits: Limits): (entry: RegistryEntry, result: Value) => void {
  const weights = new Map<RegistryEntry, Weight>();
  let text = 0;

  function check(limit: keyof Limits, size: number, what: string, unit: string): void {
    if (size <= limits[limit]) return;
    throw fail("ERR_LIMIT_EXCEEDED", {
      problem: `${what} grows beyond ${limits[limit]} ${unit}`,
      limit,
    }, { help: raiseLimit(limit, limits[limit]) });
  }

  return (entry, result) => {
    if (isDeferred(result)) return;
    const added = weigh(result);
    const weight = weights.get(entry) ?? { nodes: 0, text: 0, depth: 0 };
    weight.nodes += added.nodes;
    weight.text += added.text;
    weights.set(entry, weight);
    text += added.text;
    check("nodes", weight.nodes, entry.urn, "nodes");
    check("documentText", weight.text, entry.urn, "characters");
    check("nesting", added.depth, entry.urn, "levels of nesting");
    check("totalText", text, "The app", "characters");
  };
}

/** Freezes everything but deferred values, which are immutable by themselves. */
function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || isDeferred(value)) {
    return;
  }
  Object.freeze(value);
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object") deepFreeze(item);
  }
}

function toDiglyError(error: unknown, { entry, path }: DeferredNode): DiglyError {
  const origin = entry.manifest.originAt(path);
  if (error instanceof ExpressionError) return error.toEvaluationError(origin);
  if (!isDiglyError(error)) throw error;
  return withOrigin(error, origin);
}
