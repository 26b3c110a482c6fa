/**
 * The namespaces of an expression: for each root name an object with only the names that the
 * expression uses.
 */
import type { Reference } from "../../template/deferred/deferred.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";

/** A resource that a reference names. */
export interface ReferenceTarget {
  readonly entry: RegistryEntry;
  /** The steps after the root that lead to the resource. */
  readonly steps: readonly string[];
  /** The steps that follow, into the resource. */
  readonly rest: readonly string[];
}

/** The resources a reference names: one, or all of a kind when the name is computed. */
export function findTargets(
  { root, path, complete }: Reference,
  registry: Registry,
): readonly ReferenceTarget[] | undefined {
  // The longest kind wins: `Http.Server.Main` is a Server before it is a field of `Http`.
  for (let length = path.length; length >= 0; length--) {
    const kind = [root, ...path.slice(0, length)].join(".");
    const name = path[length];
    if (name !== undefined) {
      const entry = registry.get(kind, name);
      if (entry !== undefined) {
        return [{ entry, steps: path.slice(0, length + 1), rest: path.slice(length + 1) }];
      }
    } else if (!complete) {
      const named = registry.ofKind(kind);
      if (named.length === 0) continue;
      return named.map((entry) => ({ entry, steps: [...path, entry.name], rest: [] }));
    }
  }
  return undefined;
}

/**
 * `env` with the variable a reference names added to what is `known`; `undefined` where that is
 * not set, and must be.
 */
export function environment(
  { path, optional }: Reference,
  known: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  const all = (known ?? emptyNamespace()) as Record<string, string>;
  const name = path[0];
  if (name === undefined) {
    for (const [key, value] of Object.entries(env)) if (value !== undefined) all[key] = value;
    return all;
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined) all[name] = value;
  else if (!optional) return undefined;
  return all;
}

/** A namespace that holds nothing; it has no prototype. */
function emptyNamespace(): Record<string, unknown> {
  return Object.create(null);
}

/**
 * The namespace where `path` leads, made where there is none, so that `has()` can answer for
 * what is not in it; `undefined` where a value is in the way, which contains the rest.
 */
export function ensureNamespace(
  names: Map<string, unknown>,
  [root = "", ...steps]: readonly string[],
): Record<string, unknown> | undefined {
  if (!names.has(root)) names.set(root, emptyNamespace());
  let at = names.get(root);
  for (const step of steps) {
    if (!isNamespace(at)) return undefined;
    at = at[step] ??= emptyNamespace();
  }
  return isNamespace(at) ? at : undefined;
}

/** Puts `value` where `path`, root first, leads; what a shorter path put there stays. */
export function setIn(names: Map<string, unknown>, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  const namespace = ensureNamespace(names, path.slice(0, -1));
  if (namespace !== undefined && last !== undefined) namespace[last] ??= value;
}

function isNamespace(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}
