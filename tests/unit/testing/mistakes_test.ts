/** Mistakes in test cases: found before anything runs, by `digly test` and by `digly check`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digly, testCase } from "./app.ts";

/** The errors that `digly check` finds in a file, in one line each with place and help. */
async function mistakes(text: string): Promise<string[]> {
  const { code, stdout } = await digly(["check", "a.test.yaml", "--format", "json"], {
    "a.test.yaml": text,
  });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; message: string; line: number; column: number; help: string }[];
  };
  assert.equal(code, diagnostics.length === 0 ? 0 : 1);
  return diagnostics.map(({ code, message, line, column, help }) =>
    [code, `${line}:${column}`, message, help ?? ""].join(" | ")
  );
}

const rows: readonly (readonly [title: string, text: string, ...errors: string[]])[] = [
  [
    "a test without an app",
    "kind: Test.Case\nmetadata: { name: A }\nsteps: []\n",
    "ERR_SCHEMA_VALIDATION | 1:1 | Test.Case.A: `app` is missing | Add `app: …`",
  ],
  [
    "an app that does not exist",
    "kind: Test.Case\nmetadata: { name: A }\napp: ./runtim.yaml\n",
    'ERR_MANIFEST_NOT_FOUND | 3:6 | /app/runtim.yaml does not exist | Did you mean "runtime.yaml"? It is in the same folder',
  ],
  [
    "a mock of an unknown resource",
    testCase("A", "mock: { JavaScript.Script.User: { returns: 1 } }"),
    'ERR_RESOURCE_NOT_FOUND | 5:9 | No resource is named JavaScript.Script.User | Did you mean "JavaScript.Script.Users"?',
  ],
  [
    "a mock that returns and throws",
    testCase("A", "mock: { JavaScript.Script.Users: { returns: 1, throws: { code: A.B } } }"),
    'ERR_SCHEMA_VALIDATION | 5:34 | Test.Case.A: `mock["JavaScript.Script.Users"]` has `returns` and `throws`, and only one of them is allowed | ',
  ],
  [
    "a time that is none",
    testCase("A", "mock: { Clock: { now: 2026-02-99T00:00:00Z } }"),
    'ERR_RESOURCE_INVALID | 5:23 | Test.Case.A: "2026-02-99T00:00:00Z" is not a time | Write it like 2026-01-01T00:00:00Z',
  ],
  [
    "a clock that is advanced without being mocked",
    testCase("A", "steps: [{ advance: 3s }]"),
    "ERR_RESOURCE_INVALID | 5:20 | Test.Case.A: only a mocked clock can be advanced | Add `mock: { Clock: { now: 2026-01-01T00:00:00Z } }`",
  ],
  [
    "a misspelt step",
    testCase("A", "steps: [{ excute: A.B }]"),
    'ERR_SCHEMA_VALIDATION | 5:11 | Test.Case.A: `steps[0].excute` is not a known field; did you mean "execute"? | ',
  ],
  [
    "a step that does two things",
    testCase("A", "steps: [{ execute: JavaScript.Script.Users, http: { path: / } }]"),
    "ERR_SCHEMA_VALIDATION | 5:9 | Test.Case.A: `steps[0]` has `execute` and `http`, and only one of them is allowed | ",
  ],
  [
    "a step that does nothing",
    testCase("A", "steps: [{ name: a }]"),
    "ERR_SCHEMA_VALIDATION | 5:9 | Test.Case.A: `steps[0]` needs `execute`, `http`, `advance` or `waitFor` | ",
  ],
  [
    "a step that executes an unknown resource",
    testCase("A", "steps: [{ execute: JavaScript.Script.Gret }]"),
    'ERR_RESOURCE_NOT_FOUND | 5:20 | No resource is named JavaScript.Script.Gret | Did you mean "JavaScript.Script.Greet"?',
  ],
  [
    "an input with an unknown name",
    testCase("A", 'steps: [{ execute: JavaScript.Script.Greet, input: "${{ stepz[0].x }}" }]'),
    'ERR_REFERENCE_UNRESOLVED | 5:57 | Unknown name "stepz" in ${{ stepz[0].x }} | Did you mean "steps"?',
  ],
  [
    "inputs and requests with steps that do not exist, have not run, or have no such field",
    testCase(
      "A",
      "steps:\n" +
        "  - { name: greet, execute: JavaScript.Script.Greet, input: { name: '${{ step.echo.result }}' } }\n" +
        "  - { name: echo, http: { path: '/${{ step.gret.result }}', body: ['${{ steps.greet.result }}'] } }\n" +
        "  - { execute: JavaScript.Script.Greet, input: '${{ steps[7].result }} ${{ steps[2].result }}' }\n" +
        "  - { execute: JavaScript.Script.Greet, input: '${{ step.greet.resutl }} ${{ step.echo.result }}' }\n" +
        "  - { execute: JavaScript.Script.Greet, input: '${{ has(step.greet) || steps.all(s, s.error == null) }}' }",
    ),
    'ERR_EXPRESSION_TYPE | 6:79 | The step "echo" has not run yet | No step has a name here',
    'ERR_EXPRESSION_TYPE | 7:44 | No step is named "gret" | Did you mean "greet"?',
    'ERR_EXPRESSION_TYPE | 7:79 | steps is a list and has no field "greet" | Write step.greet, or steps[0]',
    "ERR_EXPRESSION_TYPE | 8:53 | There is no step 7: the case has 5 steps | The first step is steps[0]",
    "ERR_EXPRESSION_TYPE | 8:76 | The step 2 has not run yet | The step before is steps[1]",
    'ERR_EXPRESSION_TYPE | 9:64 | step.greet has no field "resutl" | Did you mean "result"?',
    "ERR_EXPRESSION_TYPE | 9:88 | This step has no result: it sends a request | Read its `response`, such as response.body",
  ],
  [
    "expectations that are written like expressions of values",
    testCase(
      "A",
      "steps: [{ http: { path: / } }]\nexpect:\n" +
        "  - ${{ steps[0].error == null }}\n  - ${ steps[0].error == null }",
    ),
    'ERR_REFERENCE_UNRESOLVED | 7:9 | "steps" is not known in `expect[0]` | An expectation is an expression by itself: write it without ${{ }}',
    'ERR_COMPILATION_FAILED | 8:8 | Unknown variable "steps" | An expectation is an expression by itself: write it without ${{ }}',
  ],
  [
    "expectations that are not booleans",
    testCase(
      "A",
      "steps: [{ http: { path: / } }]\nexpect:\n  - \"'hello'\"\n  - steps[0].response.status",
    ),
    "ERR_EXPRESSION_TYPE | 7:6 | An expectation must be a boolean, and this is a string | Compare it, such as 'hello' != ''",
    "ERR_EXPRESSION_TYPE | 8:5 | An expectation must be a boolean, and this is an integer | Compare it, such as steps[0].response.status != 0",
  ],
  [
    "an expectation that is not an expression",
    testCase("A", "expect:\n  - 1 +"),
    "ERR_COMPILATION_FAILED | 6:8 | The expression ends too early | Write a value after +",
  ],
  [
    "unknown names, steps and fields in expectations",
    testCase(
      "A",
      `steps: [{ name: a, http: { path: / } }]
expect:
  - stepz[0].error == null
  - steps[1].response.status == 200
  - steps[0].respons.status == 200
  - steps[0].result == 1
  - step.b.response.status == 200`,
    ),
    'ERR_EXPRESSION_TYPE | 7:5 | Unknown name "stepz" | Did you mean "steps"?',
    "ERR_EXPRESSION_TYPE | 8:5 | There is no step 1: the case has 1 step | The first step is steps[0]",
    'ERR_EXPRESSION_TYPE | 9:14 | steps[0] has no field "respons" | Did you mean "response"?',
    "ERR_EXPRESSION_TYPE | 10:14 | This step has no result: it sends a request | Read its `response`, such as response.body",
    'ERR_EXPRESSION_TYPE | 11:10 | No step is named "b" | Known: a',
  ],
  [
    "two steps with one name",
    testCase("A", "steps: [{ name: a, http: { path: / } }, { name: a, http: { path: / } }]"),
    'ERR_RESOURCE_INVALID | 5:49 | Test.Case.A: two steps are named "a" | Rename one of them',
  ],
  [
    "a resource of the app",
    "kind: JavaScript.Script\nmetadata: { name: A }\ncode: 1\n",
    "ERR_MANIFEST_INVALID | 1:7 | JavaScript.Script.A is not a test case | Write `kind: Test.Case`, or move the resource to the app that is tested",
  ],
  [
    "a mistake of the app",
    testCase("A", "").replace("STAGE", "STAGEX"),
    'ERR_COMPILATION_FAILED | 12:49 | The environment variable STAGE is not set | Did you mean "STAGEX"?',
  ],
];

describe("digly check", () => {
  test("what a boot of the app of a test refuses", async () => {
    const { code, stderr } = await digly(["check", "a.test.yaml"], {
      "a.test.yaml": "kind: Test.Case\nmetadata: { name: A }\napp: other.yaml\n",
      "other.yaml": `name: Other
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Greet }
code: function mian() {}
`,
    });
    assert.equal(code, 1);
    assert.match(stderr, /does not define a function `main`\n {2}--> other\.yaml:6:16\n/);
  });

  for (const [title, text, ...errors] of rows) {
    test(title, async () => assert.deepEqual(await mistakes(text), errors));
  }

  test("checks the tests beside an app", async () => {
    const files = {
      "a.test.yaml": testCase("A", "expect: ['1']"),
      "b.test.yaml": testCase("B", ""),
    };
    const env = { "env.txt": "STAGE=x\n" };
    const { code, stderr } = await digly(["check", ".", "--env-file", "env.txt"], {
      ...files,
      ...env,
    });
    assert.equal(code, 1);
    assert.match(stderr, /An expectation must be a boolean[^]*a\.test\.yaml:5:11[^]*\n1 error\n$/);
    const sound = await digly(["check", ".", "--env-file", "env.txt"], {
      ...env,
      "b.test.yaml": testCase("B", ""),
    });
    assert.equal(sound.stderr, "No problems in 4 resources and 1 test case\n");
  });
});

describe("digly test", () => {
  test("reports the mistakes of a file, and runs the others", async () => {
    const { code, stdout } = await digly(["test"], {
      "a.test.yaml": "kind: Test.Case\nmetadata: { name: A }\n",
      "b.test.yaml": testCase("B", "expect: ['true']"),
      "c.test.yaml": "# nothing\n",
      "d.test.yaml": "\0",
    });
    assert.equal(code, 1);
    assert.match(stdout, /✗ a\.test\.yaml[^]*`app` is missing/);
    assert.match(stdout, /✗ c\.test\.yaml[^]*contains no test case/);
    assert.match(stdout, /✗ d\.test\.yaml.*\n.*d\.test\.yaml is binary, not text\n +help: Check/);
    assert.match(stdout, /✓ B[^]*\n1 passed, 3 failed\n$/);
  });

  test("needs tests", async () => {
    for (
      const [path, message] of [
        [".", /There are no tests in "\."\n +help: Write one in a file named \*\.test\.yaml/],
        ["runtime.yaml", /"runtime\.yaml" is not a test/],
        ["runtim.test.yaml", /\/app\/runtim\.test\.yaml does not exist/],
      ] as const
    ) {
      const { code, stderr } = await digly(["test", path], {});
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    assert.match((await digly(["test", "--seed", "x"], {})).stderr, /"x" is not a whole number/);
    const none = await digly(["test", "--concurrency", "0"], {});
    assert.equal(none.code, 2);
    assert.match(none.stderr, /"0" is less than 1/);
    assert.match(
      (await digly(["test", "--reporter", "tab"], {})).stderr,
      /"tab" is not a valid value of --reporter\n +help: Did you mean "tap"\?/,
    );
  });
});

test("folders of resources contain no tests", async () => {
  const { code, stderr } = await digly(["check", "other"], {
    "other/runtime.yaml": "name: Other\nimports: [digly:console]\nresources: [parts]\n",
    "other/parts/a.yaml": "kind: Console.WriteLine\nmetadata: { name: A }\noutput: x\n",
    "other/parts/a.test.yaml": "kind: Test.Case\nmetadata: { name: A }\napp: ..\n",
  });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "No problems in 1 resource\n");
});
