/** What a test run reaches: resources and branches, and how that is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { coverageTable, lcov } from "../../../src/cli/test/coverage_report.ts";
import { createCoverage } from "../../../src/testing/coverage.ts";
import { app } from "../app.ts";

const RESOURCES = `$if: env.GREETING == 'hello'
$then: { kind: Test.Thing, metadata: { name: a } }
---
kind: Test.Thing
metadata: { name: b }
---
kind: Test.Choice
metadata: { name: c }
if: input.loud
---
kind: Test.Data
metadata: { name: d }
---
kind: Test.Twice
metadata: { name: e }
thing: { if: ["x in [1, 2]"] }
---
kind: TemplateDefinition
metadata: { name: Loop }
resources:
  - for: x in [1, 2]
    if: x == 2
    kind: Test.Data
    metadata: { name: "loop-\${{ x }}" }
---
kind: Template.Loop
metadata: { name: l }
`;

async function collect() {
  const coverage = createCoverage();
  const recorded = app({
    resources: RESOURCES,
    onCondition: coverage.onCondition,
    kinds: {
      Thing: { execute: (name) => name },
      Choice: {
        create(self, ctx) {
          const isLoud = ctx.expression<boolean>(self["if"] as string, ["if"]);
          return { execute: (input) => isLoud({ input }) };
        },
      },
      Twice: { create: () => ({ execute: () => 2 }) },
    },
    definitions: { Data: "", Choice: "scope: [input]" },
  });
  const { kernel, events } = recorded;
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.execute("Test.Thing.a");
  await kernel.execute("Test.Thing.a");
  await kernel.execute("Test.Choice.c", { loud: true });
  await kernel.execute("Test.Twice.e");
  coverage.addApp(kernel, events, new Set(["Test.Twice.e"]));
  await kernel.stop();
  return coverage.files();
}

test("executions of resources, and outcomes of conditions in documents, templates and fields", async () => {
  const [file, ...others] = await collect();
  assert.deepEqual(others, []);
  assert.equal(file!.file, "/app/runtime.yaml");
  assert.deepEqual(file!.resources.map(({ urn, executions }) => [urn, executions]), [
    ["Test.Thing.a", 2],
    ["Test.Thing.b", 0],
    ["Test.Choice.c", 1],
  ]);
  assert.deepEqual(
    file!.conditions.map(({ line, whenTrue, whenFalse }) => [line, whenTrue, whenFalse]),
    [[5, 1, 0], [13, 1, 0], [26, 1, 1]],
  );
});

test("the table names what is missing, and lcov has its lines", async () => {
  const files = await collect();
  assert.equal(
    coverageTable(files, (file) => file.slice(1)),
    `
Coverage          resources  branches  not covered
app/runtime.yaml  2/3        4/6       5 never false, 8 Test.Thing.b, 13 never false
`,
  );
  assert.equal(
    lcov(files),
    `TN:
SF:/app/runtime.yaml
FN:6,Test.Thing.a
FN:8,Test.Thing.b
FN:11,Test.Choice.c
FNDA:2,Test.Thing.a
FNDA:0,Test.Thing.b
FNDA:1,Test.Choice.c
FNF:3
FNH:2
BRDA:5,0,0,1
BRDA:5,0,1,0
BRDA:13,1,0,1
BRDA:13,1,1,0
BRDA:26,2,0,1
BRDA:26,2,1,1
BRF:6
BRH:4
DA:5,1
DA:6,2
DA:8,0
DA:11,1
DA:13,1
DA:26,2
LF:6
LH:5
end_of_record
`,
  );
  assert.equal(coverageTable([], String), "\nNothing in the apps can be covered\n");
});

test("branches of `?:`, in expressions of every time", async () => {
  const coverage = createCoverage();
  const { kernel } = app({
    resources: `kind: Test.Say
metadata: { name: a }
loaded: "\${env.GREETING == 'hello' ? 1 : 2}"
resolved: "\${{ env.GREETING == 'hi' ? 1 : 2 }}"
text: >-
  a \${{ input.x == 1 ? 'x' : input.y ? 'y' : 'z' }} \${{ input.x == 1 ? 1 : 2 }}
query: "\${{ (input.y ? true : false) ? 'yes' : 'no' }}"
if: "input.y ? false : true"
`,
    onCondition: coverage.onCondition,
    kinds: {
      Say: {
        create(self, ctx) {
          const text = ctx.template(self["text"] as string);
          const { values } = ctx.parts(self["query"] as string);
          const condition = ctx.expression<boolean>(self["if"] as string, ["if"]);
          return {
            execute: (input) => [text({ input }), values[0]!({ input }), condition({ input })],
          };
        },
      },
    },
    definitions: { Say: "scope: [input]" },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.deepEqual(await kernel.execute("Test.Say.a", { x: 1, y: true }), ["a x 1", "yes", false]);
  const places = () =>
    coverage.files()[0]!.conditions
      .map(({ line, column, whenTrue, whenFalse }) => [line, column, whenTrue, whenFalse]);
  assert.deepEqual(places(), [
    [7, 35, 1, 0],
    [8, 36, 0, 1],
    [10, 21, 1, 0],
    [10, 37, 0, 0],
    [10, 69, 1, 0],
    [11, 21, 1, 0],
    [11, 36, 1, 0],
    [12, 5, 0, 1],
    [12, 13, 1, 0],
  ]);
  await kernel.execute("Test.Say.a", { x: 2, y: false });
  // Code that was generated for expressions that run often would not report anything.
  for (let run = 0; run < 150; run++) await kernel.execute("Test.Say.a", { x: 1, y: true });
  assert.deepEqual(places(), [
    [7, 35, 1, 0],
    [8, 36, 0, 1],
    [10, 21, 151, 1],
    [10, 37, 0, 1],
    [10, 69, 151, 1],
    [11, 21, 151, 1],
    [11, 36, 151, 1],
    [12, 5, 1, 151],
    [12, 13, 151, 1],
  ]);
  await kernel.stop();
});

const DECISIONS = `kind: Test.Choose
metadata: { name: Explicit }
switch:
  - if: input.n == 1
  - if: input.n == 2
  - value: 3
---
kind: Test.Choose
metadata: { name: Implicit }
switch:
  - if: input.n == 1
  - if: input.n == 2
---
kind: Test.Choose
metadata: { name: Constant }
switch:
  - if: false
  - if: input.n == 1
  - if: true
  - value: 3
---
kind: Test.Choose
metadata: { name: Never }
switch:
  - if: input.n == 1
  - value: 3
`;

/** Executes the choices with the numbers, and gives what the run has reached. */
async function choose(inputs: Readonly<Record<string, readonly number[]>>) {
  const coverage = createCoverage();
  const { kernel } = app({
    resources: DECISIONS,
    onCondition: coverage.onCondition,
    onSwitch: coverage.onSwitch,
    kinds: {
      Choose: {
        create(self, ctx) {
          const cases = (self["switch"] as { if?: string | boolean }[]).map((one, index) => {
            const { if: condition = true } = one;
            if (typeof condition === "boolean") return () => condition;
            return ctx.expression<boolean>(condition, ["switch", index, "if"]);
          });
          return { execute: (input) => cases.findIndex((one) => one({ input })) };
        },
      },
    },
    definitions: { Choose: "scope: [input]" },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  for (const [name, numbers] of Object.entries(inputs)) {
    for (const n of numbers) await kernel.execute(`Test.Choose.${name}`, { n });
  }
  coverage.addApp(
    kernel,
    [],
    new Set(["Explicit", "Implicit", "Constant", "Never"]
      .map((name) => `Test.Choose.${name}`)),
  );
  await kernel.stop();
  return coverage.files();
}

test("each case of a `switch` is a branch, and so is its default, written or not", async () => {
  const files = await choose({ Explicit: [1, 1, 3], Implicit: [2, 4], Constant: [5] });
  assert.equal(
    coverageTable(files, (file) => file.slice(1)),
    `
Coverage          resources  branches  not covered
app/runtime.yaml  -          5/12      9 case never taken, 15 case never taken, 21 case never taken, 22 case never taken, 24 default never taken, 29 not reached
`,
  );
  assert.deepEqual(lcov(files).match(/BRDA:.*/g), [
    "BRDA:8,0,0,2",
    "BRDA:9,0,1,0",
    "BRDA:10,0,2,1",
    "BRDA:15,1,0,0",
    "BRDA:16,1,1,1",
    "BRDA:15,1,2,1",
    "BRDA:21,2,0,0",
    "BRDA:22,2,1,0",
    "BRDA:23,2,2,1",
    "BRDA:24,2,3,0",
    "BRDA:29,3,0,-",
    "BRDA:30,3,1,-",
  ]);
  assert.match(lcov(files), /\nBRF:12\nBRH:5\n/);
});

test("a run that takes every branch leaves no gap", async () => {
  const files = await choose({ Explicit: [1, 2, 3], Implicit: [1, 2, 3], Never: [1, 2] });
  assert.match(
    coverageTable(files, () => "runtime.yaml"),
    /^runtime\.yaml +- +8\/12 +21 not reached$/m,
  );
});
