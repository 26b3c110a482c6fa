import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ROUTES } from "../../../src/inspector/routes.ts";
import { SAMPLES } from "../../../src/inspector/sampling.ts";

const root = new URL("../../../", import.meta.url);
const page = readFileSync(new URL("docs/inspector.md", root), "utf8");

test("the page lists every path of the API, and its types exist", () => {
  const types = ["api.ts", "api/common.ts", "api/executions.ts", "api/records.ts"]
    .map((file) => readFileSync(new URL(`src/inspector/${file}`, root), "utf8")).join("\n");
  const rows = Array.from(
    page.matchAll(/^\| `(GET|POST) ([\w/<>]+)`[^|]*\|([^|]*)\|([^|]*)\|$/gm),
    ([, method, path, answer, parameters]) => ({
      route: `${method} ${path!.replace(/<\w+>/g, ":")}`,
      named: Array.from(`${answer}${parameters}`.matchAll(/`([A-Z]\w+)`/g), ([, name]) => name!),
    }),
  );
  const documented = rows.map(({ route }) => route).sort();
  const own = ["GET app", "GET stream"];
  assert.deepEqual(
    documented,
    [...ROUTES.map(([method, path]) => `${method} ${path}`), ...own].sort(),
  );
  for (const name of rows.flatMap(({ named }) => named)) {
    assert.match(types, new RegExp(`export (?:interface|type) ${name}\\b`), name);
  }
});

test("the page says how much is recorded", () => {
  const { unwatched, watched, failures } = SAMPLES;
  assert.match(page, new RegExp(`${unwatched} a second, ${watched} while a page is open`));
  assert.match(page, new RegExp(`at most ${failures} a second beyond`));
});
