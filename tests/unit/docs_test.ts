/**
 * Every example of the documentation, run: a block after `<!-- app -->` gives what the block
 * after the next `<!-- gives -->` shows; `<!-- app, with lineage -->` shows where the resources
 * come from. An example without `kind` represents the fields of one
 * resource. `UPDATE_SNAPSHOTS=1` writes what comes out.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { outcome, type Shown } from "./outcome.ts";

const EXAMPLE =
  /<!-- app(, with lineage)? -->\n\n```yaml\n(.*?)```\n(.*?)<!-- gives -->\n\n```\w+\n(.*?)```\n/gs;

/** A script that prints one line and says so in a comment. */
const SCRIPT = /```ts\n(.*?console\.log\(.*?\); \/\/ (.*?)\n)```/gs;

/** The kinds that examples use; `App.Route` gets `request` from its controller. */
const MODULE =
  "name: App\ndefinitions: [/kinds.yaml]\nimports: [digly:core]\nresources: [app.yaml]\n";
const KINDS = ["Server", "Client", "Route"].map((kind) =>
  "kind: Runtime.Definition\n" +
  `metadata: { name: ${kind}, resourceKind: ${kind}, module: App }\n` +
  (kind === "Route" ? "scope: [request]\n" : "")
).join("---\n");

const HEAD = "kind: App.Server\nmetadata:\n  name: example\n";

async function run(example: string, shown: Shown): Promise<string> {
  const [first = "", ...rest] = example.split(/^# file: (\S+)\n/m);
  const isWhole = /^(kind|\$for|\$if|\$include):/m.test(first);
  const files: Record<string, string> = {
    "/kinds.yaml": KINDS,
    "/app/runtime.yaml": MODULE,
    "/app/app.yaml": isWhole ? first : first + HEAD,
  };
  for (let i = 0; i < rest.length; i += 2) files[`/app/${rest[i]}`] = rest[i + 1]!;
  const given = await outcome(files, shown);
  return isWhole ? given : given.replace(HEAD, "");
}

for (const name of ["cel.md", "templating.md"]) {
  const url = new URL(`../../docs/${name}`, import.meta.url);
  const text = readFileSync(url, "utf8");
  const examples = [...text.matchAll(EXAMPLE)];
  let updated = text;

  test(`every example of ${name} is run`, () => {
    assert.ok(examples.length > 0);
    assert.equal(examples.length, text.split("<!-- app").length - 1);
  });

  for (const [, script, printed] of text.matchAll(SCRIPT)) {
    test(`a script of ${name} prints what it says`, () => {
      const module = JSON.stringify(new URL("../../mod.ts", import.meta.url));
      const source = script!.replace('from "digly"', `from ${module}`);
      const args = ["--input-type=module-typescript", "--eval", source];
      assert.equal(execFileSync(process.execPath, args, { encoding: "utf8" }).trim(), printed);
    });
  }

  for (const [whole, lineage, example, between, expected] of examples) {
    const line = text.slice(0, text.indexOf(whole)).split("\n").length;
    test(`${name}, line ${line}`, async () => {
      const actual = await run(example!, lineage === undefined ? "resources" : "lineage");
      if (!process.env["UPDATE_SNAPSHOTS"]) return assert.equal(actual, expected);
      const isYaml = !/^(error|warning)\[/.test(actual) && lineage === undefined;
      const language = isYaml ? "yaml" : "text";
      updated = updated.replace(
        whole,
        () =>
          `<!-- app${
            lineage ?? ""
          } -->\n\n\`\`\`yaml\n${example}\`\`\`\n${between}<!-- gives -->\n\n` +
          `\`\`\`${language}\n${actual}\`\`\`\n`,
      );
      writeFileSync(url, updated);
    });
  }
}
