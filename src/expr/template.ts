/** Values that are compiled once and evaluated often: a controller's `template(value)`. */
import { isDeferred } from "../contract/resource.ts";
import { evaluateDeferred } from "./deferred.ts";
import { rootScope, type Scope } from "./scope.ts";
import { setOwn } from "./values.ts";

type Build = (scope: Scope) => unknown;

/**
 * Compiles a value that may hold deferred expressions at any depth. The function it returns
 * builds the value with them evaluated; containers without any are shared, not copied. It
 * throws an `ExpressionError` when an expression fails.
 */
export function compileTemplate(
  value: unknown,
): (scope: Readonly<Record<string, unknown>>) => unknown {
  const build = compile(value);
  return build === undefined ? () => value : (scope) => build(rootScope(scope));
}

/** How to build `value`, or `undefined` when it is what it is. */
function compile(value: unknown): Build | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isDeferred(value)) return (scope) => evaluateDeferred(value, scope);
  return Array.isArray(value) ? compileList(value) : compileMap(value as Record<string, unknown>);
}

function compileList(list: readonly unknown[]): Build | undefined {
  const builds = list.map(compile);
  if (builds.every((build) => build === undefined)) return undefined;
  return (scope) =>
    list.map((item, index) => {
      const build = builds[index];
      return build === undefined ? item : build(scope);
    });
}

function compileMap(map: Readonly<Record<string, unknown>>): Build | undefined {
  const builds: [string, Build][] = [];
  for (const [key, item] of Object.entries(map)) {
    const build = compile(item);
    if (build !== undefined) builds.push([key, build]);
  }
  if (builds.length === 0) return undefined;
  return (scope) => {
    const result = { ...map };
    for (const [key, build] of builds) setOwn(result, key, build(scope));
    return result;
  };
}
