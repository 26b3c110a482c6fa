/**
 * The names an expression sees, innermost first, and the limits it runs under.
 * Values are plain JavaScript data; `values.ts` turns them into what CEL computes with.
 */
import { DEFAULT_LIMITS, type Limits } from "../contract/limits.ts";

/** A name's value. `cel` keeps what it was converted to, since a binding never changes. */
export interface Binding {
  readonly value: unknown;
  cel: unknown;
}

/** Names visible to an expression. Made by {@link rootScope} and {@link childScope}. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly own: ReadonlyMap<string, Binding>;
  readonly limits: Limits;
}

/** A scope of these variables; those whose value is `undefined` do not exist. */
export function rootScope(
  variables: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>,
  limits: Limits = DEFAULT_LIMITS,
): Scope {
  const own = new Map<string, Binding>();
  const entries = variables instanceof Map ? variables : Object.entries(variables);
  for (const [name, value] of entries) {
    if (value !== undefined) own.set(name, { value, cel: undefined });
  }
  return { parent: undefined, own, limits };
}

/** A scope that adds one name to `parent`, shadowing an outer one. */
export function childScope(parent: Scope, name: string, value: unknown): Scope {
  const own = new Map([[name, { value, cel: undefined }]]);
  return { parent, own, limits: parent.limits };
}

/** A scope that adds several names to `parent`. */
export function childScopeOf(parent: Scope, variables: ReadonlyMap<string, unknown>): Scope {
  return { ...rootScope(variables, parent.limits), parent };
}

/** The innermost binding of `name`. */
export function findBinding(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const binding = at.own.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
}

/** Every visible name, inner ones first. */
export function visibleNames(scope: Scope): string[] {
  const names = new Set<string>();
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    for (const name of at.own.keys()) names.add(name);
  }
  return [...names];
}
