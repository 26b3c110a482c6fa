/**
 * What bounds an app in every form: the cost of validating what a client sends, the number of passes
 * of a boot, and the depth to which controllers register resources. Beside it, the view that a
 * module has of the registry, and the schema for editors.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { assertCode, forms, run, start, tempApp, transcriptOf } from "./forms.ts";

/** A schema of thirty levels, each of which tries the next one twice. */
const LEVELS = JSON.stringify({
  $ref: "#/$defs/l0",
  $defs: Object.fromEntries([
    ...Array.from(
      { length: 30 },
      (_, n) => [`l${n}`, { anyOf: Array(2).fill({ $ref: `#/$defs/l${n + 1}` }) }],
    ),
    ["l30", { type: "string" }],
  ]),
});

const APP = {
  "runtime.yaml": `name: App
imports: [digly:http, digly:javascript, ./probe, "@diglyai/digly-core"]
importEntrypoints: { ./probe: [./other.js] }
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Api.Main }]
---
kind: Probe.View
metadata: { name: One }
---
kind: Http.Api
metadata: { name: Main }
routes:
  - request: { path: /probe }
    handler: Probe.View.One
  - request:
      method: POST
      path: /unique
      schema: { body: { type: array, uniqueItems: true } }
    response: { body: { count: "\${{ size(request.body) }}" } }
  - request:
      method: POST
      path: /levels
      schema: { body: ${LEVELS} }
    response: { body: ok }
  - request: { method: POST, path: /nested }
    response: { body: ok }
`,
  "probe/module.yaml":
    "name: Probe\nversion: 1.0.0\nentrypoints: [./first.js]\ndefinitions: [view.yaml]\n",
  "probe/view.yaml": "kind: Runtime.Definition\nmetadata: { name: View, resourceKind: View }\n",
  "probe/first.js": "export const kinds = {};\n",
  "probe/other.js": `const attempt = (act) => {
  try {
    act();
    return "allowed";
  } catch (error) {
    return error.code ?? error.name;
  }
};
export function create(_resource, ctx) {
  const { registry } = ctx.kernel;
  return {
    execute: () => ({
      kinds: [...registry.keys()].sort(),
      write: attempt(() => registry.clear()),
    }),
  };
}
`,
};

/** A module whose resources register another one each, without an end. */
const ENDLESS = {
  "runtime.yaml": "name: App\nimports: [./grow]\n---\nkind: Grow.Cell\nmetadata: { name: c0 }\n",
  "grow/module.yaml": "name: Grow\nversion: 1.0.0\ndefinitions: [cell.yaml]\n",
  "grow/cell.yaml": "kind: Runtime.Definition\nmetadata: { name: Cell, resourceKind: Cell }\n" +
    "controllers: [./cell.js]\n",
  "grow/cell.js": `let count = 0;
export function create({ kind }, ctx) {
  ctx.registerResource({ kind, metadata: { name: "c" + ++count } });
  return {};
}
`,
};

/** Generous: what is quadratic or exponential takes minutes or does not end. */
const BOUND = 60_000;

for (const form of forms) {
  describe(form.name, () => {
    test("validating what clients send has a bound, and the registry is read-only", async () => {
      const server = start(form, ["run", "."], { cwd: tempApp(APP) });
      const [, url] = await server.waitFor(/Listening on (http:\/\/[\d.:]+)/);
      const post = async (path: string, body: string): Promise<[number, string]> => {
        const response = await fetch(url + path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
          signal: AbortSignal.timeout(BOUND),
        });
        return [response.status, await response.text()];
      };
      const items: unknown[] = Array.from({ length: 30_000 }, (_, id) => ({ id }));
      assert.deepEqual(await post("/unique", JSON.stringify(items)), [200, '{"count":30000}']);
      const twice = await post("/unique", JSON.stringify([...items, { id: 7 }]));
      assert.equal(twice[0], 400);
      assert.match(twice[1], /must not contain duplicate items/);
      const levels = await post("/levels", "7");
      assert.equal(levels[0], 400, levels[1]);
      const nested = await post("/nested", "[".repeat(500_000) + "]".repeat(500_000));
      assert.equal(nested[0], 400);
      assert.match(nested[1], /must not be nested more than 128 deep/);
      const view = await (await fetch(`${url}/probe`)).json();
      assert.deepEqual(view, {
        kinds: ["Http.Api", "Http.Server", "Probe.View"],
        write: "ERR_USAGE",
      });
      server.kill("SIGTERM");
      assertCode(await server.exited, 0);
    });

    test("controllers that register resources without an end are stopped", async () => {
      const ended = await run(form, ["run", "."], { cwd: tempApp(ENDLESS) });
      assertCode(ended, 1);
      assert.match(ended.stderr, /^error\[ERR_LIMIT_EXCEEDED\]/m);
      assert.equal(ended.stderr.match(/^error\[/gm)?.length, 1, transcriptOf(ended));
    });
  });
}

describe("the schema for editors accepts what is right, and nothing else", () => {
  const cwd = tempApp({ "runtime.yaml": "name: App\nimports: [digly:http, digly:javascript]\n" });
  const route = (handler: string) =>
    load(`kind: Http.Route\nmetadata: { name: R }\nrequest: { path: / }\nhandler: ${handler}\n`);
  for (const form of forms) {
    test(form.name, async () => {
      const ended = await run(form, ["schema", "."], { cwd });
      assertCode(ended, 0);
      const validate = new Ajv({ strict: true }).compile(JSON.parse(ended.stdout));
      assert.ok(validate(route("JavaScript.Script.X")), JSON.stringify(validate.errors));
      assert.equal(validate(route("7")), false);
    });
  }
});
