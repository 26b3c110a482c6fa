/** Evaluates deferred values and the references in them. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { isRemote } from "../../contract/location.ts";
import {
  asData,
  isDeferred,
  isMap,
  type RuntimeResource,
  type Value,
} from "../../contract/resource.ts";
import { KERNEL_KINDS, rootOfKind } from "../../contract/urn.ts";
import {
  bindDeferred,
  captureDeferred,
  codesOf,
  evaluateDeferred,
  type Reference,
  referencesOf,
} from "../../template/deferred/deferred.ts";
import type { OnEvaluated } from "../../template/expr/evaluated.ts";
import { rootScope } from "../../template/expr/scope.ts";
import {
  type DeferredNode,
  type DeferredNodes,
  overlaps,
  replaceDeferred,
  resultsOf,
} from "./deferred_nodes.ts";
import type { KindTable } from "../registry/kinds.ts";
import { ensureNamespace, environment, findTargets, setIn } from "./namespaces.ts";
import {
  knownElsewhere,
  missingField,
  missingResource,
  missingVariable,
  notYet,
  unknownName,
} from "./reference_errors.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import { coveredBy } from "../../contract/path_pattern.ts";
import { namesAt, pathsWith } from "../registry/scopes.ts";
import type { Sensitivity } from "../redaction/sensitivity.ts";
import { UnknownValue, type ValueResolver } from "./value_resolver.ts";

/** Options of {@link createReader}. */
export interface ReaderOptions {
  readonly kinds: KindTable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves the values that resources such as secrets provide. */
  readonly valueResolver: ValueResolver;
  readonly sensitivity: Sensitivity;
  readonly diagnostics: Diagnostics;
  /** Takes every expression that is evaluated. */
  readonly onEvaluated?: OnEvaluated | undefined;
}

const MISSING: unique symbol = Symbol("missing");

/** Creates a function that evaluates a node whose references have been evaluated. */
export function createReader(
  registry: Registry,
  nodesOf: DeferredNodes,
  { kinds, env, valueResolver, sensitivity, onEvaluated }: ReaderOptions,
): (node: DeferredNode) => Value {
  const roots = new Set<string>();
  for (const kind of [...registry.kinds(), ...kinds.keys()]) roots.add(rootOfKind(kind));

  /** The environment that an expression sees: a remote manifest sees none. */
  function seenBy({ source }: Reference, { entry }: DeferredNode): ReaderOptions["env"] {
    return isRemote((source ?? entry.manifest.source).url) ? {} : env;
  }

  /** For each root, a namespace with only the names that the expression uses. */
  function namespaces(
    references: readonly Reference[],
    node: DeferredNode,
  ): ReadonlyMap<string, unknown> {
    const names = new Map<string, unknown>();
    // Shorter paths first: a whole resource covers its own fields.
    const sorted = [...references].sort((a, b) => a.path.length - b.path.length);
    for (const reference of sorted) {
      if (reference.root === "env") {
        const seen = seenBy(reference, node);
        const known = environment(reference, names.get("env"), seen);
        if (known === undefined) throw missingVariable(reference, node, seen);
        names.set("env", known);
        continue;
      }
      const targets = findTargets(reference, registry);
      if (targets === undefined) {
        if (!reference.optional) throw missingResource(reference, node, registry);
        ensureNamespace(names, [reference.root, ...reference.path.slice(0, -1)]);
        continue;
      }
      for (const { entry, rest, steps } of targets) {
        const valueExpression = kinds.get(entry.kind)?.valueExpression;
        if (valueExpression !== undefined) {
          const fields = read(entry, [], reference, node) as RuntimeResource;
          setIn(
            names,
            [reference.root, ...steps],
            valueResolver.valueOf(entry, valueExpression, fields),
          );
          continue;
        }
        const value = read(entry, rest, reference, node);
        const path = [reference.root, ...steps, ...rest];
        if (value === MISSING) ensureNamespace(names, path.slice(0, -1));
        else setIn(names, path, value);
      }
    }
    return names;
  }

  /** The value at `rest` of a resource, with its own deferred values evaluated first. */
  function read(
    entry: RegistryEntry,
    rest: readonly string[],
    reference: Reference,
    node: DeferredNode,
  ): unknown {
    const nodes = nodesOf.get(entry);
    for (const other of nodes ?? []) {
      if (!overlaps(other.path, rest)) continue;
      if (other.isUnknown) throw new UnknownValue();
      if (isDeferred(other.result)) throw notYet(other, reference, node);
    }
    const results = resultsOf(nodes);
    let value: Value | undefined = asData(entry.resource);
    for (const [index, step] of rest.entries()) {
      if (!isMap(value) || !Object.hasOwn(value, step)) {
        if (reference.optional) return MISSING;
        // CEL decides about everything that is not a map: strings and lists have operations of their own.
        if (!isMap(value)) return value === undefined ? MISSING : replaceDeferred(value, results);
        throw missingField(entry, rest, index, value, reference, node);
      }
      value = value[step];
      if (isDeferred(value)) value = results.get(value) ?? value;
    }
    return value === undefined ? MISSING : replaceDeferred(value, results);
  }

  return (node) => {
    const kind = kinds.get(node.entry.kind);
    const scopes = node.entry.scopes ?? kind?.scopes ?? [];
    if (scopes === "*") return node.deferred;
    const later = node.later ??= namesAt(scopes, node.path);
    const references = referencesOf(node.deferred);
    const now = references.filter(({ root }) => !later.has(root));
    for (const reference of now) {
      if (reference.root === "env" || roots.has(reference.root)) continue;
      // Without a definition the kind itself is the mistake, and reported as such.
      if (kind === undefined) return node.deferred;
      const own = node.entry.manifest.knownNames?.() ?? [];
      const elsewhere = pathsWith(scopes, reference.root);
      if (elsewhere.length > 0) throw knownElsewhere(reference, node, elsewhere);
      const known = new Set([...later, "env", ...own, ...roots]);
      known.delete(KERNEL_KINDS.template);
      throw unknownName(reference, node, [...known], registry, seenBy(reference, node));
    }
    const names = rootScope(namespaces(now, node));
    const result = coveredBy(kind?.parts ?? [], node.path)
      ? captureDeferred(node.deferred, names)
      : now.length < references.length
      ? bindDeferred(node.deferred, names)
      : evaluateDeferred(node.deferred, names) as Value;
    sensitivity.follow(node, now, names, result);
    if (onEvaluated !== undefined) {
      const originOf = () => node.entry.manifest.originAt(node.path);
      for (const { program, offset, bound } of codesOf(node.deferred)) {
        if (program.free.some((name) => later.has(name) && !bound?.has(name))) continue;
        onEvaluated({ program, offset, scope: names, bound, originOf });
      }
    }
    return result;
  };
}
