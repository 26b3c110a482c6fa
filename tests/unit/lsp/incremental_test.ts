/** That the language server parses only what has changed, and finds what a check from scratch finds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cliHost } from "../../../cli.ts";
import { checkerFor } from "../../../src/cli/lsp.ts";
import { ParsedSources } from "../../../src/load/yaml/parsed_sources.ts";
import { analyse } from "../../../src/lsp/analysis.ts";
import { diagnosticsOf } from "../../../src/lsp/diagnostics.ts";
import type { Diagnostic } from "../../../src/lsp/protocol.ts";
import { TextDocument } from "../../../src/lsp/text_document.ts";
import { Workspace } from "../../../src/lsp/workspace.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";

const MANIFEST = "file:///app/runtime.yaml";

type Files = Readonly<Record<string, string>>;

/** The checks of one session, whose files are all open. */
function openSession() {
  const sources = new ParsedSources();
  const host = cliHost(memoryPlatform({ cwd: "/app" }));
  const options = { ...checkerFor(host, {}), sources };
  return {
    /** How many texts the session has parsed. */
    parsed: () => sources.count,
    async check(files: Files): Promise<Record<string, Diagnostic[]>> {
      const open = new Map(
        Object.entries(files).map(([name, text]) => {
          const url = new URL(name, MANIFEST).href;
          return [url, new TextDocument(url, text)];
        }),
      );
      const found = diagnosticsOf(await analyse(MANIFEST, open, options), {
        uriOf: (file) => file,
        fallback: MANIFEST,
        docs: "",
      });
      return Object.fromEntries(found);
    },
  };
}

const script = (name: string, more = "") =>
  `kind: JavaScript.Script
metadata: { name: ${name} }
inputSchema: { type: object, properties: { name: { type: string, pattern: "^[a-z]+$" } } }
code: "function main(input) { return input.name; }"
${more}`;

test("an edit of one of 1,000 resources parses its file alone", async () => {
  const files: Record<string, string> = {
    "runtime.yaml": "name: App\nimports: [digly:javascript]\nresources: [resources]\n",
  };
  for (let file = 0; file < 200; file++) {
    const names = Array.from({ length: 5 }, (_, index) => `Script${file * 5 + index}`);
    files[`resources/${file}.yaml`] = names.map((name) => script(name)).join("---\n");
  }
  const session = openSession();
  assert.deepEqual(await session.check(files), {});
  const before = session.parsed();
  assert.ok(before > 200);
  files["resources/100.yaml"] += "---\n" + script("Another", "isolate: maybe\n");
  const found = await session.check(files);
  assert.equal(session.parsed(), before + 1);
  assert.deepEqual(Object.keys(found), ["/app/resources/100.yaml"]);
  await session.check(files);
  assert.equal(session.parsed(), before + 1);
});

/** What a line is replaced by, such that references, schemas, expressions and syntax break and heal. */
const REPLACEMENTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/type: \w+/, ["type: string", "type: integer", "type: strng", "type: {"]],
  [/name: [A-Z]\w*/, ["name: First", "name: Second", "name: ", "name: Third"]],
  [/result\.?\??\w*/, ["result.text", "result.missing", "result.", "result"]],
  [/schema: \S+/, ["schema: '#/Person'", "schema: '#/Nobody'", "schema: []"]],
  [/\$if: .*/, ["$if: ${ env.STAGE == 'test' }", "$if: ${ tru }", "$if: true"]],
  [/^kind: .*/m, ["kind: Data.Type", "kind: Http.Route", "kind: Nothing", "# kind"]],
  [/function \w+/, ["function main", "function man", "function ("]],
  [/path: \S+/, ["path: /a", "path: /b/:id", "path: b"]],
  [/pattern: "[^"]*"/, ['pattern: "^a"', 'pattern: "("']],
];

const EDITED: Files = {
  "runtime.yaml":
    "name: App\nimports: [digly:http, digly:javascript, digly:data]\nresources: [first.yaml, second.yaml, types.yaml]\n",
  "first.yaml": `kind: Http.Route
metadata: { name: First }
request: { path: /first, method: POST, schema: { body: { schema: '#/Person' } } }
handler: { name: JavaScript.Script.Hello, inputs: { name: "\${{ request.body.name }}" } }
response: { body: "\${{ result.text }}" }
---
$if: \${ env.STAGE == 'test' }
$then:
  kind: Http.Route
  metadata: { name: Second }
  request: { path: /second }
  response: { body: "\${{ request.query.name }}" }
`,
  "second.yaml": `kind: JavaScript.Script
metadata: { name: Hello }
inputSchema: '#/Person'
outputSchema: { type: object, required: [text], properties: { text: { type: string } } }
code: "function main({ name }) { return { text: name }; }"
`,
  "types.yaml": `kind: Data.Type
metadata: { name: Person }
schema: { type: object, properties: { name: { type: string, pattern: "^[a-z]" } } }
---
kind: Http.Server
metadata: { name: Main }
port: 0
`,
};

test("after any edit the problems are those of a check from scratch", async () => {
  let seed = 20;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(seed / 65_536) % below;
  };
  const names = Object.keys(EDITED);
  const session = openSession();
  const files: Record<string, string> = { ...EDITED };
  let broken = 0;
  for (let edit = 0; edit < 25; edit++) {
    const name = names[random(names.length)]!;
    const [pattern, texts] = REPLACEMENTS[random(REPLACEMENTS.length)]!;
    // Now and then a file is as it was at first, so that mistakes do not hide each other forever.
    files[name] = random(4) === 0
      ? EDITED[name]!
      : files[name]!.replace(pattern, texts[random(texts.length)]!);
    const found = await session.check(files);
    assert.deepEqual(found, await openSession().check(files), `after edit ${edit} of ${name}`);
    if (Object.keys(found).length > 0) broken++;
  }
  assert.ok(broken > 10, `only ${broken} of the edits broke something`);
});

test("the documents of a deleted file are forgotten", async () => {
  const manifest = (files: string) =>
    `name: App\nimports: [digly:javascript]\nresources: [${files}]\n`;
  const platform = memoryPlatform({
    cwd: "/app",
    files: {
      "/app/runtime.yaml": manifest("one.yaml, two.yaml"),
      "/app/one.yaml": script("One"),
      "/app/two.yaml": script("Two"),
    },
  });
  const deleted = new Set<string>();
  const { stat } = platform.files;
  const files = {
    ...platform.files,
    stat: (url: string) => deleted.has(url) ? undefined : stat(url),
  };
  const sources = new ParsedSources();
  const workspace = new Workspace({
    ...checkerFor(cliHost({ ...platform, files }), {}),
    sources,
    publish: () => {},
    log: (message) => assert.fail(message),
  });
  workspace.open("file:///app/one.yaml", script("One"), 1);
  await workspace.settled();
  const kept = () => ["one", "two"].filter((name) => sources.has(`file:///app/${name}.yaml`));
  platform.writeFile("/app/runtime.yaml", "resources: [");
  workspace.filesChanged(["file:///app/runtime.yaml"]);
  await workspace.settled();
  assert.deepEqual(kept(), ["one", "two"], "a broken manifest is about to be repaired");
  platform.writeFile("/app/runtime.yaml", manifest("one.yaml"));
  deleted.add("file:///app/two.yaml");
  workspace.filesChanged(["file:///app/runtime.yaml"]);
  await workspace.settled();
  assert.deepEqual(kept(), ["one"]);
});
