/** Runs what docs/operations.md shows, in the order of the page. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root, run, runtime, singleFile, tempApp } from "./forms.ts";

const page = readFileSync(`${root}docs/operations.md`, "utf8");

function appOfThePage(): string {
  const [, name, content] = /<!-- app: (\S+) -->\s*```\w+\n([^]*?)```/.exec(page)!;
  return tempApp({ [name!]: content! });
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
