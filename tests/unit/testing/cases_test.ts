/** Test cases that pass, and what is printed about those that do not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digly, testCase } from "./app.ts";

const USERS = "mock: { JavaScript.Script.Users: { returns: [{ id: 1 }, { id: 2 }] } }";
const GREET = "{ name: greet, execute: JavaScript.Script.Greet, input: { name: Ada } }";

/** Runs cases in one file; gives the lines that were printed. */
async function run(...cases: readonly string[]): Promise<{ code: number; lines: string[] }> {
  const files = { "shop.test.yaml": cases.join("---\n") };
  const { code, stdout, stderr } = await digly(
    ["test", "--seed", "1", "--concurrency", "1"],
    files,
  );
  assert.equal(stderr, "");
  return { code, lines: stdout.trimEnd().split("\n") };
}

test("executes resources, sends requests without a port and sees events, logs and mocks", async () => {
  const { code, lines } = await run(testCase(
    "Greets",
    `${USERS}
steps:
  - ${GREET}
  - { http: { path: /v1/hello?a=1, headers: { accept: application/json } } }
  - { http: { method: post, path: /v1/echo, body: { got: "\${{ step.greet.result.text }}" } } }
  - { http: { path: /v1/nothing } }
  - { waitFor: JavaScript.Script.Greeted }
expect:
  - steps[0].result.text == 'Hello Ada!' && steps[0].name == 'greet' && steps[0].error == null
  - step.greet.result.users.map(u, u.id) == [1, 2]
  - steps[1].response.status == 200 && steps[1].response.body == {'ok':true, 'stage':'test'}
  - steps[1].response.headers['content-type'].startsWith('application/json')
  - steps[2].response.status == 201 && steps[2].response.body.got == 'Hello Ada!'
  - steps[3].response.status == 404
  - events.exists(e, e.event == 'JavaScript.Script.Greeted' && e.payload.name == 'Ada')
  - logs.exists(l, l.message == 'Greeted' && l.owner == 'JavaScript.Script.Greet')
  - stdout == ''`,
  ));
  assert.deepEqual([code, ...lines], [
    0,
    "✓ Greets (0 ms) shop.test.yaml",
    "",
    "Seed 1",
    "1 passed, 0 failed",
  ]);
});

test("a false expectation shows the values of its parts, and how lists and maps differ", async () => {
  const { code, lines } = await run(testCase(
    "Greets",
    `${USERS}
steps: [${GREET}]
expect:
  - steps[0].result.text == 'Hello Bob!' && steps[0].result.users == []
  - step.greet.result.users == [{'id':1}, {'id':3, 'name':'Eve'}]
  - step.greet.result.users.all(u, u.id < 2)
  - step.greet.result.user.size() == 2
  - "!(size(step.greet.result.users) == 2 || stdout == 'x')"`,
  ));
  assert.equal(code, 1);
  assert.deepEqual(lines.filter((line) => !/^\s*(\d* \||-->|$)/.test(line)), [
    "✗ Greets (0 ms) shop.test.yaml",
    "  error[ERR_ASSERTION_FAILED]: The expectation is false: steps[0].result.text == 'Hello Bob!' && steps[0].result.users == []",
    '    steps[0].result.text is "Hello Ada!"',
    "  error[ERR_ASSERTION_FAILED]: The expectation is false: step.greet.result.users == [{'id':1}, {'id':3, 'name':'Eve'}]",
    '    step.greet.result.users is [{"id":1},{"id":2}]',
    "    The difference:",
    "      [1].id: 2, expected 3",
    '      [1].name: missing, expected "Eve"',
    "  error[ERR_ASSERTION_FAILED]: The expectation is false: step.greet.result.users.all(u, u.id < 2)",
    '    step.greet.result.users is [{"id":1},{"id":2}]',
    '    u is {"id":2}',
    "    u.id is 2",
    '  error[ERR_ASSERTION_FAILED]: The expectation failed: step.greet.result has no field "user"',
    '    step.greet.result is {"text":"Hello Ada!","users":[{"id":1},{"id":2}]}',
    '    help: Did you mean "users"?',
    "  error[ERR_ASSERTION_FAILED]: The expectation is false: !(size(step.greet.result.users) == 2 || stdout == 'x')",
    "    size(step.greet.result.users) is 2",
    '    step.greet.result.users is [{"id":1},{"id":2}]',
    "Seed 1",
    "0 passed, 1 failed",
  ]);
  assert.ok(lines.includes("    --> shop.test.yaml:8:5"), lines.join("\n"));
});

describe("a step that fails", () => {
  const THROWS =
    `mock: { JavaScript.Script.Users: { throws: { code: Sql.Down, status: 503, data: { host: db } } } }
steps: [${GREET}]`;

  test("makes the case fail, at the place of the mistake and of the step", async () => {
    const { code, lines } = await run(
      testCase("Fails", `steps: [${GREET}]\nexpect:\n  - steps[0].result.text == 'Hello Ada!'`),
    );
    const text = lines.join("\n");
    assert.equal(code, 1);
    assert.match(text, /error\[ERR_EXECUTION_FAILED\]: .*Users failed: no database/);
    assert.match(text, /--> runtime\.yaml:\d+:\d+\n/);
    assert.match(text, /also: shop\.test\.yaml:5:9: the step "greet" of Fails\n/);
    assert.doesNotMatch(text, /expectation/);
  });

  test("may fail if an expectation reads its error", async () => {
    const { lines } = await run(testCase(
      "Fails",
      `${THROWS}
expect:
  - steps[0].error.code == 'Sql.Down' && steps[0].error.status == 503
  - step.greet.error.data == {'host':'db'} && step.greet.result == null`,
    ));
    assert.equal(lines.at(-1), "1 passed, 0 failed", lines.join("\n"));
  });

  test("other steps may not", async () => {
    const { lines } = await run(
      testCase(
        "Fails",
        `${THROWS.replace("[{", "[{ execute: JavaScript.Script.Users }, {")}
expect:
  - steps[1].error.code == 'Sql.Down'`,
      ),
    );
    assert.match(lines.join("\n"), /error\[Sql\.Down\][^]*--> shop\.test\.yaml:6:9\n/);
    assert.equal(lines.at(-1), "0 passed, 1 failed");
  });
});

test("the clock stands still until a step advances it", async () => {
  const app = `name: Clocks
imports: [digly:javascript, digly:schedule]
---
kind: JavaScript.Script
metadata: { name: Now }
code: const main = (_, { clock }) => clock.now()
---
kind: Schedule.Every
metadata: { name: Tick }
every: 10m
execute: JavaScript.Script.Now
`;
  const files = {
    "runtime.yaml": app,
    "clock.test.yaml": `kind: Test.Case
metadata: { name: Ticks }
app: runtime.yaml
serve: true
mock: { Clock: { now: 2026-01-01T00:00:00Z } }
steps:
  - execute: JavaScript.Script.Now
  - advance: 1h
  - execute: JavaScript.Script.Now
expect:
  - timestamp('2026-01-01T00:00:00Z').getFullYear() == 2026
  - steps[2].result - steps[0].result == 3600000
  - events.filter(e, e.event == 'Schedule.Every.Fired').size() == 6
`,
  };
  const { code, stdout } = await digly(["test"], files);
  assert.equal(code, 0, stdout);
});

test("`Date` follows the mocked clock of the case whose code asks", async () => {
  const files = {
    "runtime.yaml": `name: Dates
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Dates }
code: |
  async function main(_, { clock }) {
    await null;
    const date = new Date();
    return {
      now: Date.now(),
      date: date.toISOString(),
      text: Date(),
      given: new Date(0).toISOString(),
      isDate: date instanceof Date && Object.getPrototypeOf(date) === Date.prototype,
      isLater: class extends Date {}.now() === clock.now(),
      utc: Date.UTC(2026, 0, 1),
    };
  }
`,
    "dates.test.yaml": `kind: Test.Case
metadata: { name: Mocked }
app: .
mock: { Clock: { now: 2020-01-01T00:00:00Z } }
steps:
  - { name: first, execute: JavaScript.Script.Dates }
  - advance: 90s
  - { name: second, execute: JavaScript.Script.Dates }
expect:
  - step.first.result.now == 1577836800000
  - step.first.result.date == '2020-01-01T00:00:00.000Z'
  - step.first.result.text.contains('2020') || step.first.result.text.contains('2019')
  - step.first.result.given == '1970-01-01T00:00:00.000Z'
  - step.first.result.isDate && step.first.result.isLater
  - step.first.result.utc == 1767225600000
  - step.second.result.date == '2020-01-01T00:01:30.000Z'
---
kind: Test.Case
metadata: { name: Real }
app: .
steps: [{ execute: JavaScript.Script.Dates }]
expect: ["steps[0].result.now > 1577836890000"]
`,
  };
  const { code, stdout } = await digly(["test"], files);
  assert.equal(code, 0, stdout);
});

test("a case that does not end is stopped, and says where it is", async () => {
  const { code, lines } = await run(
    testCase("Waits", "timeout: 50ms\nsteps: [{ waitFor: JavaScript.Script.Greeeted }]"),
  );
  assert.equal(code, 1);
  assert.match(
    lines.join("\n"),
    /ERR_ABORTED.*did not end within 50ms\n +--> shop\.test\.yaml:1:1/,
  );
});

test("cases run in an order that the seed decides", async () => {
  const files = {
    "many.test.yaml": `$for: i in [1, 2, 3, 4, 5, 6]
$do:
  kind: Test.Case
  metadata: { name: "Case\${i}" }
  app: .
  env: { STAGE: x }
`,
  };
  const orderOf = async (seed: string) => {
    const { stdout } = await digly(["test", "--seed", seed], files);
    return Array.from(stdout.matchAll(/✓ (\w+)/g), ([, name]) => name).join(" ");
  };
  const first = await orderOf("1");
  assert.equal(first.split(" ").length, 6);
  assert.equal(await orderOf("1"), first);
  assert.notEqual(await orderOf("2"), first);
});

describe("results for tools", () => {
  const files = {
    "shop.test.yaml": `${testCase("Passes", "expect: ['true']")}---
${
      testCase(
        "Fails",
        `steps: [{ http: { path: "/v1/hello?a=<b>&c" } }]\nexpect:\n  - steps[0].response.body.stage == 'a<b>&"c"'`,
      )
    }`,
  };

  test("as TAP", async () => {
    const { stdout, stderr } = await digly(["test", "--reporter", "tap", "--seed", "1"], files);
    assert.match(stdout, /^TAP version 14\n/);
    assert.match(stdout, /^ok \d - Passes$/m);
    assert.match(
      stdout,
      /^not ok \d - Fails\n {2}---\n[^]*? {2}at: "\d+:\d+"\n {2}failure_1: \|-\n[^]*?\n {2}\.\.\.$/m,
    );
    assert.match(stdout, /^1\.\.2$/m);
    assert.equal(stderr, "1 passed, 1 failed\n");
  });

  test("as JUnit XML, with everything escaped", async () => {
    const { stdout } = await digly(["test", "--reporter", "junit", "--seed", "1"], files);
    assert.match(stdout, /^<\?xml .*\?>\n<testsuites tests="2" failures="1" skipped="0"/);
    assert.match(stdout, /<testcase name="Passes" classname="shop\.test\.yaml"[^>]*\/>/);
    assert.match(
      stdout,
      /message="The expectation is false: [^"<]*&lt;b&gt;&amp;&quot;c&quot;/,
    );
    assert.doesNotMatch(
      stdout.replaceAll(/<\/?(?:testsuites?|testcase|failure|\?xml)[^<>]*>/g, ""),
      /[<>]/,
    );
  });
});

test("--filter selects by text or pattern", async () => {
  const files = { "a.test.yaml": `${testCase("Ada", "")}---\n${testCase("Bob", "")}` };
  const named = async (filter: string) => (await digly(["test", "--filter", filter], files)).stdout;
  assert.match(await named("ad"), /✓ Ada[^]*1 passed/);
  assert.match(await named("/^B/"), /✓ Bob[^]*1 passed/);
  const { code, stderr } = await digly(["test", "--filter", "eve"], files);
  assert.equal(code, 2);
  assert.match(stderr, /No test has a name that matches "eve"/);
  assert.match(
    (await digly(["test", "--filter", "/(/"], files)).stderr,
    /"\/\(\/" is not a valid pattern/,
  );
});
