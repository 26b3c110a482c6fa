/** Values that are compiled once and evaluated often: a controller's `template(value)`. */
import { type Deferred, isDeferred } from "../../contract/resource.ts";
import { engine } from "../expr/engine.ts";
import type { Explain } from "./hot_template.ts";

type Variables = Readonly<Record<string, unknown>>;

/** What checks the results of an expression; it throws for one that does not fit its field. */
export type CheckOf = (deferred: Deferred) => ((value: unknown) => void) | undefined;

/** Looks at what an expression is evaluated with; `whole` is the value that `deferred` is a part of. */
export type Observe = (
  deferred: Deferred,
  whole: Deferred,
) => ((variables: Variables) => void) | undefined;

/** Puts something around the evaluation of an expression. */
export type Around = (deferred: Deferred, build: Build) => Build;

/** What {@link compileTemplate} does beside evaluating. */
export interface TemplateOptions {
  readonly checkOf?: CheckOf | undefined;
  readonly observe?: ((deferred: Deferred) => ReturnType<Observe>) | undefined;
  readonly around?: Around | undefined;
}

interface Options extends TemplateOptions {
  readonly explain: Explain;
}

/** Builds a value with these variables. */
export type Build = (variables: Variables) => unknown;

/**
 * Compiles a value that may hold deferred expressions at any depth. The function it returns
 * builds the value with them evaluated; containers without any are shared, not copied. When
 * an expression fails it throws what `explain` makes of it, or what its check throws.
 */
export function compileTemplate(
  value: unknown,
  explain: Explain = (error) => error,
  options: TemplateOptions = {},
): Build {
  const build = compile(value, { ...options, explain });
  return build ?? (() => value);
}

/** How to build `value`, or `undefined` when it is what it is. */
function compile(value: unknown, options: Options): Build | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isDeferred(value)) return compileDeferred(value, options);
  return Array.isArray(value)
    ? compileList(value, options)
    : compileMap(value as Record<string, unknown>, options);
}

function compileDeferred(deferred: Deferred, options: Options): Build {
  const build = observed(engine().hotTemplate(deferred, options.explain), deferred, options);
  const check = options.checkOf?.(deferred);
  if (check === undefined) return build;
  return (variables) => {
    const value = build(variables);
    check(value);
    return value;
  };
}

function observed(own: Build, deferred: Deferred, { observe, around }: Options): Build {
  const look = observe?.(deferred);
  const build = around === undefined ? own : around(deferred, own);
  if (look === undefined) return build;
  return (variables) => {
    look(variables);
    return build(variables);
  };
}

function compileList(list: readonly unknown[], options: Options): Build | undefined {
  const builds = list.map((item) => compile(item, options));
  if (builds.every((build) => build === undefined)) return undefined;
  return (variables) =>
    list.map((item, index) => {
      const build = builds[index];
      return build === undefined ? item : build(variables);
    });
}

function compileMap(map: Readonly<Record<string, unknown>>, options: Options): Build | undefined {
  const keys: string[] = [];
  const builds: Build[] = [];
  for (const [key, item] of Object.entries(map)) {
    const build = compile(item, options);
    if (build === undefined) continue;
    keys.push(key);
    builds.push(build);
  }
  if (builds.length === 0) return undefined;
  return (variables) => {
    const result = { ...map };
    // Every key is one of the copy's own, so that an assignment cannot reach a setter.
    for (let index = 0; index < keys.length; index++) {
      result[keys[index]!] = builds[index]!(variables);
    }
    return result;
  };
}
