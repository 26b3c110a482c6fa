/** Runs what docs/operations.md shows, in the order of the page. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertCode, root, run, runtime, singleFile, start, tempApp } from "./forms.ts";

const page = readFileSync(`${root}docs/operations.md`, "utf8");

function appOfThePage(): string {
  const files = page.matchAll(/<!-- app: (\S+) -->\s*```\w+\n([^]*?)```/g);
  return tempApp(Object.fromEntries(Array.from(files, ([, name, content]) => [name!, content!])));
}

test("every command of the page works", async () => {
  const cwd = appOfThePage();
  const commands = Array.from(page.matchAll(/```sh\n([^]*?)```/g), ([, block]) => block!)
    .flatMap((block) => block.trim().split("\n"));
  assert.ok(commands.length > 5);
  for (const command of commands) {
    const [digly, ...args] = Array.from(
      command.matchAll(/'([^']*)'|(\S+)/g),
      ([, quoted, bare]) => (quoted ?? bare)!,
    );
    assert.equal(digly, "digly");
    const { code, stdout, stderr } = await run(singleFile, args, { cwd });
    assert.equal(code, 0, `${command}\n${stderr}`);
    assert.notEqual(stdout, "", command);
  }
  for (const name of ["events.jsonl", "snapshot.yaml"]) {
    assert.doesNotMatch(readFileSync(join(cwd, ".digly-debug", name), "utf8"), /correct-horse/);
  }
});

test("the script of the page prints what it says", () => {
  const cwd = appOfThePage();
  const [, script, printed] = /```ts\n(.*?console\.log\(.*?\); \/\/ (.*?)\n.*?)```/s.exec(page)!;
  writeFileSync(join(cwd, "script.mjs"), script!.replace('"digly"', `"${root}dist/mod.mjs"`));
  const output = execFileSync(runtime("node"), ["script.mjs"], { cwd, encoding: "utf8" });
  assert.equal(output.trim(), printed);
});

test("the server of the page answers probes and has every metric that the page lists", async () => {
  const program = start(singleFile, ["watched.yaml"], { cwd: appOfThePage() });
  const [url] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const ask = async (path: string) => await (await fetch(url + path)).text();
  assert.equal(await ask("/hello/ada"), '{"hello":"ada"}');
  for (const path of ["/healthz", "/readyz"]) {
    const answer = await ask(path);
    assert.ok(page.includes(`200 \`${answer}\``), answer);
  }
  const metrics = await ask("/metrics");
  const listed = Array.from(page.matchAll(/^\| `(digly_\w+)` +\| (\w+)/gm));
  assert.equal(listed.length, metrics.match(/^# TYPE /gm)?.length);
  for (const [, name, type] of listed) {
    assert.ok(metrics.includes(`# TYPE ${name} ${type}\n`), name);
  }
  program.kill("SIGTERM");
  assertCode(await program.exited, 0);
});
