/**
 * Tracks which values of resources are sensitive: those whose kinds declare it, and the results of
 * all expressions that read one.
 */
import { fail } from "../../contract/errors.ts";
import { isRemote } from "../../contract/location.ts";
import { type Deferred, isDeferred, type Value, valueAt } from "../../contract/resource.ts";
import { hidePart, REDACTED } from "../../contract/sensitive.ts";
import type { SourceText } from "../../contract/source.ts";
import {
  evaluateAsText,
  partsIn,
  type Reference,
  referencesOf,
} from "../../template/deferred/deferred.ts";
import type { Scope } from "../../template/expr/scope.ts";
import { type DeferredNode, overlaps } from "../references/deferred_nodes.ts";
import type { KindTable } from "../registry/kinds.ts";
import { findTargets } from "../references/namespaces.ts";
import type { Redaction } from "./redaction.ts";
import { placeOf } from "../references/reference_errors.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";

/** Tracks the sensitive values of one app. */
export interface Sensitivity {
  /**
   * Records that `node` became `result` in `scope`, if one of its `references` is sensitive.
   * Throws if the text that reads a sensitive value is not allowed to.
   */
  follow(node: DeferredNode, references: readonly Reference[], scope: Scope, result: Value): void;
}

/** Makes the {@link Sensitivity} of an app. */
export function createSensitivity(
  registry: Registry,
  { kinds, redaction }: { readonly kinds: KindTable; readonly redaction: Redaction },
): Sensitivity {
  const sensitiveKinds = [...kinds.values()].filter(({ valueExpression }) =>
    valueExpression?.sensitive
  );

  /** The resource whose sensitive value a reference reads, if it does. */
  function sourceOf(reference: Reference): RegistryEntry | undefined {
    if (reference.root === "env") return undefined;
    return findTargets(reference, registry)?.find(({ entry, rest }) => {
      const valueExpression = kinds.get(entry.kind)?.valueExpression;
      if (valueExpression?.sensitive) return true;
      const parts = entry.sensitive ?? [];
      return valueExpression === undefined
        ? parts.some(({ path }) => overlaps(path, rest))
        : parts.length > 0;
    })?.entry;
  }

  const isSensitive = (reference: Reference) => sourceOf(reference) !== undefined;

  /** A mixed string with its sensitive parts left out, and their values marked. */
  function showParts(deferred: Deferred, scope: Scope): string {
    return partsIn(deferred).map((part) => {
      if (typeof part === "string") return part;
      const text = evaluateAsText(part, scope);
      const references = referencesOf(part);
      if (!references.some(isSensitive)) return text;
      redaction.addDerived(text, references.map(({ expression }) => expression));
      return REDACTED;
    }).join("");
  }

  function show(
    { deferred }: DeferredNode,
    references: readonly Reference[],
    scope: Scope,
    result: Value,
  ): string {
    // The expression as written, without the values bound so far.
    if (isDeferred(result)) return deferred.toString();
    if (partsIn(deferred).length > 1) return showParts(deferred, scope);
    redaction.addDerived(result, references.map(({ expression }) => expression));
    return REDACTED;
  }

  return {
    follow(node, references, scope, result) {
      if (!sensitiveKinds.some(({ kind }) => registry.ofKind(kind).length > 0)) return;
      let isRead = false;
      for (const reference of references) {
        const source = sourceOf(reference);
        if (source === undefined) continue;
        isRead = true;
        checkReader(reference, node, source);
      }
      if (!isRead) return;
      const { entry, path } = node;
      (entry.sensitive ??= []).push({ path, shown: show(node, references, scope, result) });
    },
  };
}

/** A remote manifest without a hash may read only secrets of its own module. */
function checkReader(reference: Reference, node: DeferredNode, read: RegistryEntry): void {
  const reader = reference.source ?? node.entry.manifest.source;
  if (reader.isUnpinned !== true || isOfOneModule(reader, read.manifest.source)) return;
  throw fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `${reader.url} is not pinned, and may not read ${read.urn}, which is sensitive`,
    expression: reference.expression,
  }, {
    origin: placeOf(reference, node),
    help: "Append #sha256= and its hash where it is named, or pass the value as a parameter",
  });
}

function isOfOneModule(a: SourceText, b: SourceText): boolean {
  return a.module === b.module && isRemote(b.url) && new URL(a.url).host === new URL(b.url).host;
}

/** Marks the sensitive parts of a resource that has been resolved. */
export function hideSensitive({ resource, sensitive }: RegistryEntry): void {
  for (const { path, shown } of sensitive ?? []) {
    const container = valueAt(resource, path.slice(0, -1));
    const last = path.at(-1);
    if (typeof container === "object" && container !== null && last !== undefined) {
      hidePart(container, last, shown);
    }
  }
}
