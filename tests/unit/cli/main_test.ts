import assert from "node:assert/strict";
import { test } from "node:test";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

const echo = {
  resources: resource("Echo", "a"),
  kinds: { Echo: { execute: (_: string, input: unknown) => Promise.resolve(input) } },
};

async function failing(...args: string[]): Promise<{ code: number; text: string }> {
  const { run, platform } = commandLine(echo);
  const code = await run(...args);
  assert.equal(platform.stdoutText(), "");
  return { code, text: platform.stderrText() };
}

test("--version and --help go to standard output and end with 0", async () => {
  const version = commandLine(echo);
  assert.equal(await version.run("--version"), 0);
  assert.equal(version.platform.stdoutText(), "1.2.3\n");
  for (const args of [["--help"], ["help"], ["-h"]]) {
    const help = commandLine(echo);
    assert.equal(await help.run(...args), 0);
    assert.match(help.platform.stdoutText(), /^Usage: digly .*check .*Exit codes: 0 success/s);
    assert.equal(help.platform.stderrText(), "");
  }
});

test("a command's help lists its options", async () => {
  for (const args of [["exec", "--help"], ["help", "exec"]]) {
    const { run, platform } = commandLine(echo);
    assert.equal(await run(...args), 0);
    const text = platform.stdoutText();
    for (const flag of ["--input", "--env-file", "--verbose", "--shutdown-timeout"]) {
      assert.ok(text.includes(flag), flag);
    }
  }
});

test("without an argument the help is on standard error and the code is 2", async () => {
  const { code, text } = await failing();
  assert.equal(code, 2);
  assert.match(text, /^Usage: digly /);
});

const WRONG: [args: string, problem: string, help: RegExp][] = [
  ["run --verbos .", 'digly run has no option "--verbos"', /^Did you mean "--verbose"\?$/],
  ["--verbos .", 'digly run has no option "--verbos"', /^Did you mean "--verbose"\?$/],
  ["check . --input=1", 'digly check has no option "--input"', /^See digly check --help$/],
  ["run", "digly run needs the path of a runtime.yaml or its folder", /digly run --help/],
  [
    "--shutdown-timeout 5",
    "digly run needs the path of a runtime.yaml or its folder",
    /run --help/,
  ],
  ["exec .", "digly exec needs <Kind.Name>", /^See digly exec --help$/],
  ["run . more", "digly run takes 1 argument, not 2", /^Unexpected argument "more"/],
  ["run . --env-file", 'The option "--env-file" needs a value', /--env-file <file>/],
  ["expand . --format yml", '"yml" is not a valid value of --format', /^Did you mean "yaml"\?$/],
  ["test --reporter foo", '"foo" is not a valid value of --reporter', /^Use spec, tap or junit$/],
  [
    "eval x --scope {",
    "The input from --scope is not valid JSON: unexpected end at line 1, column 2",
    /--scope/,
  ],
  ["check . --format=x", '"x" is not a valid value of --format', /^Use text or json$/],
  ["run . --shutdown-timeout soon", '"soon" is not a valid duration', /500ms, 30s or 2m/],
  ["run . --env-file no.env", 'The environment file "no.env" does not exist', /NAME=value/],
  [
    "chekc .",
    '"chekc" is not a command, and no file or folder has that name',
    /"check"\? To run/,
  ],
  ["help chekc", '"chekc" is not a command, and no file or folder has that name', /"check"/],
  [
    "xyzzyx",
    '"xyzzyx" is not a command, and no file or folder',
    /^The commands are run, dev, exec.*, help\. To run an app/,
  ],
];

for (const [line, problem, help] of WRONG) {
  test(`one error and code 2: digly ${line}`, async () => {
    const { code, text } = await failing(...line.split(" "));
    assert.equal(code, 2);
    const [first, second, ...rest] = text.trimEnd().split("\n");
    assert.ok(first!.startsWith(`error[ERR_USAGE]: ${problem}`), text);
    assert.match(second!.replace("  help: ", ""), help);
    assert.deepEqual(rest, []);
  });
}

test("a path without a command is run, with options before or after it", async () => {
  const started = {
    resources: resource("Say", "a"),
    kinds: {
      Say: { register: (ctx: { log: { info(text: string): void } }) => ctx.log.info("Up") },
    },
  };
  for (
    const args of [["runtime.yaml"], ["/app"], ["test/..", "--verbose"], ["--verbose", "."], [
      "--shutdown-timeout",
      "5",
      ".",
    ], ["--verbose", "run", "."]]
  ) {
    const { run, platform } = commandLine(started);
    assert.equal(await run(...args, "--log-format=text"), 0, platform.stderrText());
    assert.match(platform.stderrText(), /^info {3}Test {2}Up$/m);
  }
});

test("a folder named like no command is run", async () => {
  const { run, platform } = commandLine({
    ...echo,
    files: { "/app/shop/runtime.yaml": "name: Shop\n" },
  });
  assert.equal(await run("shop"), 0, platform.stderrText());
});

test("a path that does not exist is the kernel's error, with code 1", async () => {
  const { code, text } = await failing("nope.yaml");
  assert.equal(code, 1);
  assert.equal(
    text,
    "error[ERR_MANIFEST_NOT_FOUND]: /app/nope.yaml does not exist\n" +
      "  help: Write a manifest there: `name: my_app` is enough, and `digly init` creates a starter app\n",
  );
});

test("variables come from the environment first, then from --env-file", async () => {
  const { run, platform } = commandLine({
    resources: resource("Echo", "a", "both: ${env.GREETING}\nown: ${env.OWN}"),
    kinds: echo.kinds,
    files: { "/app/my.env": 'GREETING=bye\nOWN="a b" # comment\n' },
  });
  assert.equal(await run("expand", ".", "--format", "json", "--env-file", "my.env"), 0);
  const [shown] = JSON.parse(platform.stdoutText()) as [Record<string, unknown>];
  assert.equal(shown["both"], "hello");
  assert.equal(shown["own"], "a b");
});

test("--env-file may be given again; the later file wins", async () => {
  const { run, platform } = commandLine({
    resources: resource("Echo", "a", "both: ${env.BOTH}\nfirst: ${env.FIRST}"),
    kinds: echo.kinds,
    files: { "/app/1.env": "FIRST=1\nBOTH=1\n", "/app/2.env": "BOTH=2\n" },
  });
  const files = ["--env-file", "1.env", "--env-file=2.env"];
  assert.equal(await run("expand", ".", "--format", "json", ...files), 0, platform.stderrText());
  const [shown] = JSON.parse(platform.stdoutText()) as [Record<string, unknown>];
  assert.deepEqual([shown["first"], shown["both"]], ["1", "2"]);
});

test("every environment file has to be there", async () => {
  const { code, text } = await failing("run", ".", "--env-file", "no.env", "--env-file", "no.env");
  assert.equal(code, 2);
  assert.match(text, /^error\[ERR_USAGE\]: The environment file "no\.env" does not exist\n/);
});

test("an environment file that is a folder is one error", async () => {
  const { code, text } = await failing("run", ".", "--env-file", "test");
  assert.equal(code, 2);
  assert.match(text, /^error\[ERR_USAGE\]: The environment file "test" is a folder, not a file\n/);
});
