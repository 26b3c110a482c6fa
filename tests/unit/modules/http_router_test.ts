import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter, type Match } from "../../../src/modules/http/router.ts";

const SEGMENTS = ["a", "b", ":p", "*"];

/** Every pattern of at most three segments, with its parameters numbered. */
const PATTERNS = ["/", ...patterns([], 3)];

function patterns(above: readonly string[], depth: number): string[] {
  if (depth === 0 || above.at(-1) === "*") return [];
  return SEGMENTS.flatMap((segment) => {
    const all = [...above, segment];
    let count = 0;
    const numbered = all.map((one) => one === ":p" ? `:p${count++}` : one);
    return [`/${numbered.join("/")}`, ...patterns(all, depth - 1)];
  });
}

/** What the patterns mean: the first in the order of their segments that matches the whole path. */
function expected(
  method: string,
  path: string,
  routes: readonly (readonly [method: string, pattern: string])[],
): Match<string> | undefined {
  const clean = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  const matching = routes.filter(([, pattern]) => toRegExp(pattern).test(clean))
    .sort(([, one], [, other]) => compare(weights(one), weights(other)));
  const found = matching.find(([own]) => own === method || own === "*");
  if (found !== undefined) {
    const [own, pattern] = found;
    const params = toRegExp(pattern).exec(clean)!.slice(1).map((value) => value ?? "");
    return { route: `${own} ${pattern}`, params };
  }
  return matching.length === 0 ? undefined : { allow: [...new Set(matching.map(([own]) => own))] };
}

function toRegExp(pattern: string): RegExp {
  const source = pattern === "/*" ? "/(.*)" : pattern
    .replaceAll(/:p\d/g, "([^/]+)")
    .replace(/\/\*$/, "(?:/(.*))?");
  return new RegExp(`^${source}$`);
}

/** Text, the end of a path, parameters and `*`, in this order. */
function weights(pattern: string): number[] {
  return [...pattern.slice(1).split("/"), ""].map((segment) =>
    segment === "" ? 1 : segment === "*" ? 3 : segment.startsWith(":") ? 2 : 0
  );
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((weight, index) => weight !== other[index]);
  return at < 0 ? 0 : one[at]! - (other[at] ?? 0);
}

test("text is chosen before a parameter, and a parameter before the rest, whatever the order", () => {
  const paths = [
    "/",
    "/a",
    "/c",
    "/a/b",
    "/c/b",
    "/a/b/a",
    "/a/c/b",
    "/c/c/c",
    "/a/b/a/b",
    "/a//b",
  ];
  for (const path of paths) {
    const matching = PATTERNS.filter((pattern) => toRegExp(pattern).test(path));
    for (const one of matching) {
      for (const other of matching) {
        const routes = [["GET", one], ["PUT", other]] as const;
        for (const all of [routes, routes.toReversed()]) {
          const match = createRouter(
            all.map(([method, pattern]) => ({ method, pattern, route: `${method} ${pattern}` })),
          );
          const same = one === other ? [] : [["*", one], ["*", other]] as const;
          const any = createRouter(
            same.map(([method, pattern]) => ({ method, pattern, route: `${method} ${pattern}` })),
          );
          assert.deepEqual(match("PUT", path), expected("PUT", path, all), `${path} ${all}`);
          if (same.length > 0) {
            assert.deepEqual(any("GET", path), expected("GET", path, same), `${path} ${same}`);
          }
        }
      }
    }
  }
});

test("a path that no pattern matches has no route, and one without the method has others", () => {
  const find = createRouter([
    { method: "GET", pattern: "/a/:p0", route: 1 },
    { method: "POST", pattern: "/a/b", route: 2 },
    { method: "PUT", pattern: "/:p0/*", route: 3 },
  ]);
  assert.equal(find("GET", "/"), undefined);
  assert.deepEqual(find("PATCH", "/a/b"), { allow: ["GET", "HEAD", "POST", "PUT"] });
  assert.deepEqual(find("GET", "/a/b"), { route: 1, params: ["b"] });
  assert.deepEqual(find("HEAD", "/a/b/"), { route: 1, params: ["b"] });
  assert.deepEqual(find("PUT", "/x/y//z/"), { route: 3, params: ["x", "y//z/"] });
  assert.deepEqual(find("PUT", "/x"), { route: 3, params: ["x", ""] });
  assert.deepEqual(find("PUT", "//x"), undefined);
});
