/**
 * Where expressions of a kind wait for its controller, and which names they see there. A rule
 * holds for its path and everything below it.
 */
import {
  coverOf,
  covers,
  formatPattern,
  matchesOf,
  type Pattern,
  restOf,
  type Stars,
} from "../../contract/path_pattern.ts";
import type { Path, RuntimeResource, Value } from "../../contract/resource.ts";

/** Names that the controller provides at a path. */
export interface ScopeRule {
  readonly path: Pattern;
  /** The declaration of each name's type; `undefined` for a name without one. */
  readonly variables: ReadonlyMap<string, Value | undefined>;
  /** Fields of the maps around the path that contain further names, with the types of these. */
  readonly named?: ReadonlyMap<string, Value | undefined>;
  /** For a rule of the resource in which another one is written: whose rule it is. */
  readonly from?: RuleOrigin;
}

/** The resource that a rule comes from, and where in it the inline resource is written. */
export interface RuleOrigin {
  readonly urn: string;
  readonly at: Path;
}

/** The directives of a declared type whose value is the path of a field. */
export const PATH_DIRECTIVES = ["$field", "$inputOf", "$outputOf", "$paramsOf", "$case"] as const;

/** The directives of a declared type; `$else` belongs to each. */
export const TYPE_DIRECTIVES: readonly [...typeof PATH_DIRECTIVES, "$providedBy"] = [
  ...PATH_DIRECTIVES,
  "$providedBy",
];

/** The rules of a kind; `*` leaves every expression to its controller. */
export type Scopes = readonly ScopeRule[] | "*";

/** What the value at a path must fit beyond the schema of the kind. */
export interface ExpectRule {
  readonly path: Pattern;
  /** The declaration of its type. */
  readonly type: Value;
}

/** What a resource takes and gives when it is executed, as declarations of types. */
export interface Execution {
  readonly input: Value | undefined;
  readonly output: Value | undefined;
}

/** A variable at a place. */
export interface DeclaredVariable {
  readonly declaration: Value | undefined;
  /** What each star of the rule's path matched. */
  readonly stars: Stars;
  /** URN of the resource that the declaration is about, if it is not the one with the expression. */
  readonly from: string | undefined;
}

/** The rule of a kind that provides these names everywhere. */
export function everywhere(names: readonly string[]): readonly ScopeRule[] {
  if (names.length === 0) return [];
  return [{ path: [], variables: new Map(names.map((name) => [name, undefined])) }];
}

/**
 * The scopes of a resource whose kind has names that fields contain, such as the variable of a loop;
 * `undefined` if those of its kind are all there are.
 */
export function ownScopes(scopes: Scopes, resource: RuntimeResource): Scopes | undefined {
  if (scopes === "*" || scopes.every(({ named }) => named === undefined)) return undefined;
  const own: ScopeRule[] = [];
  for (const { path: pattern, named } of scopes) {
    if (named === undefined) continue;
    for (const { path } of matchesOf(resource, pattern)) {
      const variables = new Map<string, Value | undefined>();
      let around: unknown = resource;
      for (const step of path) {
        const fields = around as Readonly<Record<string, unknown>>;
        for (const [field, type] of named) {
          const name = fields[field];
          if (typeof name === "string") variables.set(name, type);
        }
        around = fields[step];
      }
      if (variables.size > 0) own.push({ path: path.map(String), variables });
    }
  }
  return [...scopes, ...own];
}

/** Every name that the controller provides somewhere; `*` for any. */
export function allNames(scopes: Scopes): readonly string[] | "*" {
  if (scopes === "*") return "*";
  return [...new Set(scopes.flatMap(({ variables }) => [...variables.keys()]))];
}

/** The names that an expression at `path` waits for. */
export function namesAt(scopes: readonly ScopeRule[], path: Path): ReadonlySet<string> {
  const names = new Set<string>();
  for (const rule of scopes) {
    if (!covers(rule.path, pathFor(rule, path))) continue;
    for (const name of rule.variables.keys()) names.add(name);
  }
  return names;
}

/**
 * The variables that an expression at `path` sees. The rule that leads closest to it wins, and one
 * of its own kind wins over one of the resource around it.
 */
export function variablesAt(
  scopes: readonly ScopeRule[],
  path: Path,
): ReadonlyMap<string, DeclaredVariable> {
  const matching = scopes.flatMap((rule) => {
    const cover = coverOf(rule.path, pathFor(rule, path));
    const distance = rule.from?.at.length ?? 0;
    return cover === undefined ? [] : [{ ...cover, distance, rule }];
  });
  matching.sort((a, b) => b.distance - a.distance || a.length - b.length);
  const found = new Map<string, DeclaredVariable>();
  for (const { stars, rule: { variables, from } } of matching) {
    for (const [name, declaration] of variables) {
      found.set(name, { declaration, stars, from: from?.urn });
    }
  }
  return found;
}

/** {@link variablesAt} of a check, since the resources of a kind have expressions in the same fields. */
export class KnownVariables {
  readonly #known = new Map<
    readonly ScopeRule[],
    Map<string, ReadonlyMap<string, DeclaredVariable>>
  >();

  at(scopes: readonly ScopeRule[], path: Path): ReadonlyMap<string, DeclaredVariable> {
    let ofScopes = this.#known.get(scopes);
    if (ofScopes === undefined) this.#known.set(scopes, ofScopes = new Map());
    const key = path.join("\0");
    let variables = ofScopes.get(key);
    if (variables === undefined) ofScopes.set(key, variables = variablesAt(scopes, path));
    return variables;
  }
}

/** The path that a rule is about: that of the inline resource in the one whose rule it is, too. */
function pathFor({ from }: ScopeRule, path: Path): Path {
  return from === undefined ? path : [...from.at, ...path];
}

/**
 * The scopes of an inline resource: those of its kind, and those that the resource `urn` around it
 * has at the path `at`. Where both provide a name, that of its own kind is used.
 */
export function inlineScopes(own: Scopes, around: Scopes, at: Path, urn: string): Scopes {
  if (own === "*" || around === "*") return "*";
  const inherited = around.flatMap((rule): ScopeRule[] => {
    const from = { urn: rule.from?.urn ?? urn, at: pathFor(rule, at) };
    return restOf(rule.path, from.at) === undefined ? [] : [{ ...rule, from }];
  });
  return [...inherited, ...own];
}

/** The paths at which a name is provided, with the `*` and `**` of definitions. */
export function pathsWith(scopes: readonly ScopeRule[], name: string): readonly string[] {
  return scopes.filter(({ variables }) => variables.has(name))
    .map(({ path, from }) => formatPattern(restOf(path, from?.at ?? []) ?? []));
}
