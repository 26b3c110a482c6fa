import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { committed } from "../../scripts/bench.ts";
import { renderPage } from "../../scripts/bench_page.ts";

const docs = new URL("../../docs/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, docs), "utf8");

test("the page and its charts are those of the results that are committed", () => {
  const { text, charts } = renderPage(committed());
  assert.equal(read("performance.md"), text);
  assert.deepEqual(readdirSync(new URL("performance/", docs)).sort(), [...charts.keys()].sort());
  for (const [file, chart] of charts) assert.equal(read(`performance/${file}`), chart, file);
});

test("each section says when and where it was measured, and a later one does not change that", () => {
  const { benchmarks } = committed();
  const { text } = renderPage({
    benchmarks: benchmarks.map((one) =>
      one.name === "http"
        ? { ...one, date: "2030-01-02", commit: "abcdef12", machine: "another machine" }
        : one
    ),
  });
  const said = text.split("\n").filter((line) => line.startsWith("`npm run bench -- "));
  assert.equal(said.length, benchmarks.length);
  for (const { name, date, commit, machine, runtimes } of benchmarks) {
    const line = said.find((one) => one.startsWith(`\`npm run bench -- ${name}\``));
    const expected = name === "http"
      ? `measured on 2030-01-02 at commit abcdef12, on another machine, with ${runtimes}`
      : `measured on ${date} at commit ${commit}, on ${machine}, with ${runtimes}`;
    assert.ok(line?.endsWith(expected), `${line}`);
  }
});

test("the summary counts every goal and shows the worst ratio of each", () => {
  const { benchmarks } = committed();
  const goals = benchmarks.flatMap(({ tables }) => tables.flatMap((table) => table.goals ?? []));
  const { text, charts } = renderPage({ benchmarks });
  assert.match(text, new RegExp(`\\d+ of ${goals.length} goals are reached`));
  const slower = benchmarks.map((one) =>
    one.name !== "http" ? one : {
      ...one,
      tables: one.tables.map((table) => ({
        ...table,
        rows: table.rows.map((row, at) => at === 0 ? { ...row, median: row.median * 100 } : row),
      })),
    }
  );
  const slow = renderPage({ benchmarks: slower });
  assert.match(
    slow.text,
    /\| \[What does a request cost\?\]\(#http\) Bun \| Hono \| [\d.]+× to 1\d\d\.\d\d× \| 0 of 6 \|/,
  );
  assert.notEqual(slow.charts.get("glance.svg"), charts.get("glance.svg"));
});
