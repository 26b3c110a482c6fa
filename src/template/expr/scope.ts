/** The names an expression sees, innermost first, and the limits it runs under. */
import type { FileReader } from "../../cel/context.ts";
import { DEFAULT_LIMITS, type Limits } from "../../contract/limits.ts";

/** Values by name; those that are `undefined` do not exist. */
export type Variables = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** Names visible to an expression. Made by {@link rootScope} and {@link childScope}. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly own: Variables;
  readonly limits: Limits;
  /** What `file(path)` reads by; without it the function does not exist. */
  readonly readFile: FileReader | undefined;
}

/** A scope of these variables. */
export function rootScope(
  variables: Variables,
  limits: Limits = DEFAULT_LIMITS,
  readFile?: FileReader,
): Scope {
  return { parent: undefined, own: variables, limits, readFile };
}

/** A scope that adds one name to `parent`, shadowing an outer one. */
export function childScope(parent: Scope, name: string, value: unknown): Scope {
  return childScopeOf(parent, new Map([[name, value]]));
}

/** A scope that adds several names to `parent`. */
export function childScopeOf(parent: Scope, variables: Variables): Scope {
  return { parent, own: variables, limits: parent.limits, readFile: parent.readFile };
}

/** The innermost value of `name`. */
export function lookUp(scope: Scope, name: string): unknown {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const { own } = at;
    const value = own instanceof Map
      ? own.get(name)
      : Object.hasOwn(own, name)
      ? (own as Readonly<Record<string, unknown>>)[name]
      : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Every visible name, inner ones first. */
export function visibleNames(scope: Scope): string[] {
  const names = new Set<string>();
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const entries = at.own instanceof Map ? at.own : Object.entries(at.own);
    for (const [name, value] of entries) if (value !== undefined) names.add(name);
  }
  return [...names];
}

/** The variables with null instead of what is undefined. */
export function withNulls(
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(variables).filter((name) => variables[name] === undefined);
  if (names.length === 0) return variables;
  return { ...variables, ...Object.fromEntries(names.map((name) => [name, null])) };
}
