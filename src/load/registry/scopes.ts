/**
 * Where expressions of a kind wait for its controller, and which names they see there. A rule
 * holds for its path and everything below it; `*` in it is one key or index.
 */
import type { Path, PathSegment, Value } from "../../contract/resource.ts";

/** Names that the controller provides at a path. */
export interface ScopeRule {
  readonly path: readonly string[];
  /** The declaration of each name's type; `undefined` for a name without one. */
  readonly variables: ReadonlyMap<string, Value | undefined>;
  /** For a rule of the resource in which another one is written: whose declarations these are. */
  readonly from?: RuleOrigin;
}

/** The resource that a rule comes from, and what the `*` stood for on the way to the inline one. */
export interface RuleOrigin {
  readonly urn: string;
  readonly stars: Path;
}

/** The directives of a declared type whose value is the path of a field. */
export const PATH_DIRECTIVES = ["$field", "$inputOf", "$outputOf", "$paramsOf"] as const;

/** The directives of a declared type; `$else` belongs to each. */
export const TYPE_DIRECTIVES: readonly [...typeof PATH_DIRECTIVES, "$providedBy"] = [
  ...PATH_DIRECTIVES,
  "$providedBy",
];

/** The rules of a kind; `*` leaves every expression to its controller. */
export type Scopes = readonly ScopeRule[] | "*";

/** What the value at a path must fit beyond the schema of the kind. */
export interface ExpectRule {
  readonly path: readonly string[];
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
  /** What each `*` of the rule's path stood for. */
  readonly stars: Path;
  /** URN of the resource that the declaration is about, if it is not the one with the expression. */
  readonly from: string | undefined;
}

/** The rule of a kind that provides these names everywhere. */
export function everywhere(names: readonly string[]): readonly ScopeRule[] {
  if (names.length === 0) return [];
  return [{ path: [], variables: new Map(names.map((name) => [name, undefined])) }];
}

/** `a.*.b` as steps; an empty string is the whole resource. */
export function parsePath(path: string): readonly string[] {
  return path === "" ? [] : path.split(".");
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
    if (starsOf(rule.path, path) === undefined) continue;
    for (const name of rule.variables.keys()) names.add(name);
  }
  return names;
}

/** True if one of the patterns leads to `path`, or to what contains it. */
export function coveredBy(patterns: readonly (readonly string[])[], path: Path): boolean {
  return patterns.some((pattern) => starsOf(pattern, path) !== undefined);
}

/** The variables that an expression at `path` sees; the rule with the longest path wins. */
export function variablesAt(
  scopes: readonly ScopeRule[],
  path: Path,
): ReadonlyMap<string, DeclaredVariable> {
  const found = new Map<string, DeclaredVariable>();
  for (const { path: pattern, variables, from } of byLength(scopes)) {
    const own = starsOf(pattern, path);
    if (own === undefined) continue;
    const stars = [...from?.stars ?? [], ...own];
    for (const [name, declaration] of variables) {
      found.set(name, { declaration, stars, from: from?.urn });
    }
  }
  return found;
}

/**
 * The scopes of an inline resource: those of its kind, and those that the resource `urn` around it
 * has at the path `at`. Where both provide a name, that of its own kind is used.
 */
export function inlineScopes(own: Scopes, around: Scopes, at: Path, urn: string): Scopes {
  if (own === "*" || around === "*") return "*";
  const inherited = around.flatMap(({ path, variables, from }): ScopeRule[] => {
    const above = path.slice(0, at.length);
    const stars = starsOf(above, at);
    if (stars === undefined) return [];
    const origin = { urn: from?.urn ?? urn, stars: [...from?.stars ?? [], ...stars] };
    return [{ path: path.slice(at.length), variables, from: origin }];
  });
  return [...inherited, ...own];
}

function byLength(scopes: readonly ScopeRule[]): readonly ScopeRule[] {
  return scopes.length < 2 ? scopes : [...scopes].sort((a, b) => a.path.length - b.path.length);
}

/** The paths at which a name is provided, as definitions write them. */
export function pathsWith(scopes: readonly ScopeRule[], name: string): readonly string[] {
  return scopes.filter(({ variables }) => variables.has(name)).map(({ path }) => path.join("."));
}

/** True if a pattern leads to the node at a path, or to one above it. */
export function covers(pattern: readonly string[], path: Path): boolean {
  return starsOf(pattern, path) !== undefined;
}

/** What the `*` of a pattern stand for; `undefined` for a path that it does not cover. */
function starsOf(pattern: readonly string[], path: Path): PathSegment[] | undefined {
  if (pattern.length > path.length) return undefined;
  const stars: PathSegment[] = [];
  for (const [index, step] of pattern.entries()) {
    if (step === "*") stars.push(path[index]!);
    else if (step !== String(path[index])) return undefined;
  }
  return stars;
}

/** What a pattern leads to in a value, with its path and what each `*` stands for. */
export function* matchesOf(
  value: unknown,
  pattern: readonly string[],
  path: Path = [],
  stars: Path = [],
): Iterable<{ readonly value: unknown; readonly path: Path; readonly stars: Path }> {
  const [step, ...rest] = pattern;
  if (step === undefined) return yield { value, path, stars };
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  for (const key of step === "*" ? Object.keys(value) : [step]) {
    if (!Object.hasOwn(value, key)) continue;
    const segment = isList ? Number(key) : key;
    const item = (value as Readonly<Record<string, unknown>>)[key];
    yield* matchesOf(item, rest, [...path, segment], step === "*" ? [...stars, segment] : stars);
  }
}

/** A path whose `*` are replaced, in order, by what those of another one stood for. */
export function fillStars(path: string, stars: Path): Path {
  let next = 0;
  return parsePath(path).map((step) => step === "*" ? stars[next++] ?? step : step);
}
