/** The document and the page of `OpenApi.Spec`, in every form and in a browser. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { install } from "../servers/debian.ts";
import { chromium, openPage } from "./browser.ts";
import { type Form, forms, run, type Running, singleFile, start, tempApp } from "./forms.ts";

const app = {
  "runtime.yaml": `name: Shop
version: 2.1.0
imports: [digly:std]
resources: [routes.yaml]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts:
  - { path: /v1, type: Http.Api.Orders }
  - { path: /v1, type: OpenApi.Spec.Docs }
  - { path: /internal, type: OpenApi.Spec.Plain }
  - { type: Http.Route.Home }
---
kind: OpenApi.Spec
metadata: { name: Docs }
info: { description: "A **shop**", contact: { name: Ada } }
apis: [Http.Api.Orders]
---
kind: OpenApi.Spec
metadata: { name: Plain }
path: /api.json
ui: false
`,
  "routes.yaml": `kind: Http.Api
metadata: { name: Orders }
routes:
  - request:
      method: POST
      path: /orders/:customer
      schema:
        params: { type: object, properties: { customer: { type: integer } } }
        body: { $ref: Data.Type.Order }
    summary: Places an order
    handler:
      name: JavaScript.Script.Place
      inputs: { customer: "\${{ request.params.customer }}" }
    response: { status: 201, body: { id: "\${{ result.id }}", order: "\${{ request.body }}" } }
    errors: { Order.Taken: { status: 409 } }
---
kind: Http.Route
metadata: { name: Home }
request: { path: / }
response: { body: home }
---
kind: JavaScript.Script
metadata: { name: Place }
inputSchema: { customer: integer }
outputSchema: { id: integer }
code: "const main = ({ customer }) => ({ id: customer * 100 })"
---
kind: Data.Type
metadata: { name: Order }
schema: { type: object, required: [price], properties: { price: { type: number } } }
`,
};

async function serve(form: Form): Promise<{ server: Running; url: string }> {
  const server = start(form, ["runtime.yaml"], { cwd: tempApp(app) });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/, 30_000);
  return { server, url };
}

async function stop(server: Running): Promise<void> {
  server.kill("SIGTERM");
  const { code, stderr } = await server.exited;
  assert.equal(code, 0, stderr);
}

async function check(form: Form): Promise<void> {
  const { server, url } = await serve(form);
  const response = await fetch(`${url}/v1/openapi.json`);
  assert.equal(response.headers.get("content-type"), "application/json");
  const document = await response.json();
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  assert.deepEqual(document.info, {
    title: "Shop",
    version: "2.1.0",
    description: "A **shop**",
    contact: { name: "Ada" },
  });
  assert.deepEqual(Object.keys(document.paths), ["/v1/orders/{customer}"]);
  const { post } = document.paths["/v1/orders/{customer}"];
  assert.deepEqual(Object.keys(post.responses), ["201", "400", "409", "default"]);
  assert.deepEqual(post.responses[201].content["application/json"].schema.properties, {
    id: { type: "integer" },
    order: { $ref: "#/components/schemas/Order" },
  });
  const all = await (await fetch(`${url}/internal/api.json`)).json();
  assert.deepEqual(Object.keys(all.paths), ["/v1/orders/{customer}", "/"]);
  assert.equal((await fetch(`${url}/internal/docs`)).status, 404);

  const page = await fetch(`${url}/v1/docs/`);
  assert.match(
    page.headers.get("content-security-policy")!,
    /default-src 'none'; script-src 'self'/,
  );
  const [, script] = /<script type="module" src="([^"]+)">/.exec(await page.text())!;
  for (const encoding of ["gzip", "identity"]) {
    const loaded = await fetch(url + script!, { headers: { "accept-encoding": encoding } });
    assert.equal(loaded.headers.get("content-type"), "text/javascript; charset=utf-8");
    assert.match(await loaded.text(), /^\/\*! RapiDoc/);
  }
  const wrong = await fetch(`${url}/v1/docs`, { method: "POST" });
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"]);
  await stop(server);
}

describe("OpenApi.Spec", () => {
  for (const form of forms) test(form.name, () => check(form));
});

test("the page works in a browser, and asks nobody but its server", async (t) => {
  const reason = install(() => chromium() !== undefined, "chromium");
  const command = chromium();
  if (command === undefined) return t.skip(reason);
  const { server, url } = await serve(singleFile);
  const page = await openPage(command, `${url}/v1/docs`);
  const root = "document.querySelector('rapi-doc').shadowRoot";
  await page.waitFor(`${root}?.textContent.includes('Places an order')`);
  assert.equal(await page.evaluate(`${root}.textContent.includes('Authentication')`), false);
  // Its style comes from the script, which the policy must allow.
  const display = `getComputedStyle(${root}.querySelector('.nav-bar')).display`;
  assert.equal(await page.evaluate(display), "flex");
  // The form sends the example to the server and shows the answer.
  const form = `${root}.querySelector('api-request').shadowRoot`;
  await page.evaluate(`${form}.querySelector('[data-pname="customer"]').value = "7"`);
  await page.evaluate(`${form}.querySelector('[part~="btn-try"]').click()`);
  await page.waitFor(`${form}.textContent.includes('700')`);
  assert.deepEqual(page.messages, []);
  assert.ok(page.requests.length >= 4, page.requests.join());
  assert.deepEqual(
    page.requests.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith("data:")),
    [],
  );
  await stop(server);
});

test("mistakes in a document are found before the app starts", async () => {
  const cwd = tempApp({
    "runtime.yaml": `name: App
imports: [digly:openapi, digly:http]
---
kind: OpenApi.Spec
metadata: { name: Docs }
path: /docs
apis: [OpenApi.Spec.Docs]
inf: { title: x }
---
kind: OpenApi.Spec
metadata: { name: Other }
path: /docs/:id
ui: true
`,
  });
  const { code, stderr } = await run(singleFile, ["check", "runtime.yaml"], { cwd });
  assert.equal(code, 1, stderr);
  for (
    const line of [
      "`apis[0]` must name a resource of the kind Http.Api or Http.Route",
      '`inf` is not a known field; did you mean "info"?',
      'OpenApi.Spec.Other: the path "/docs/:id" must be plain text',
    ]
  ) assert.ok(stderr.includes(line), stderr);
});
