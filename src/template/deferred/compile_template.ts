/** Values that are compiled once and evaluated often: a controller's `template(value)`. */
import { isDeferred } from "../../contract/resource.ts";
import { engine } from "../expr/engine.ts";
import type { Explain } from "./hot_template.ts";
import { setOwn } from "../../contract/own_key.ts";

type Variables = Readonly<Record<string, unknown>>;

type Build = (variables: Variables) => unknown;

/**
 * Compiles a value that may hold deferred expressions at any depth. The function it returns
 * builds the value with them evaluated; containers without any are shared, not copied. When
 * an expression fails it throws what `explain` makes of it.
 */
export function compileTemplate(
  value: unknown,
  explain: Explain = (error) => error,
): Build {
  const build = compile(value, explain);
  return build ?? (() => value);
}

/** How to build `value`, or `undefined` when it is what it is. */
function compile(value: unknown, explain: Explain): Build | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isDeferred(value)) return engine().hotTemplate(value, explain);
  return Array.isArray(value)
    ? compileList(value, explain)
    : compileMap(value as Record<string, unknown>, explain);
}

function compileList(list: readonly unknown[], explain: Explain): Build | undefined {
  const builds = list.map((item) => compile(item, explain));
  if (builds.every((build) => build === undefined)) return undefined;
  return (variables) =>
    list.map((item, index) => {
      const build = builds[index];
      return build === undefined ? item : build(variables);
    });
}

function compileMap(map: Readonly<Record<string, unknown>>, explain: Explain): Build | undefined {
  const builds: [string, Build][] = [];
  for (const [key, item] of Object.entries(map)) {
    const build = compile(item, explain);
    if (build !== undefined) builds.push([key, build]);
  }
  if (builds.length === 0) return undefined;
  return (variables) => {
    const result = { ...map };
    for (const [key, build] of builds) setOwn(result, key, build(variables));
    return result;
  };
}
