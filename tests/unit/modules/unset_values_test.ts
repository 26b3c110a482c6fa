/** `digly check` and `digly bundle` run where the secrets of an app are not set, such as in CI. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { embedded } from "../../../src/generated/embedded.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { collect } from "../documents.ts";

const UNSET = `
kind: Secret
metadata: { name: S }
env: NOT_SET
---
kind: Variable
metadata: { name: V }
env: NOT_SET_EITHER
---
`;

/** The diagnostics of a check of an app without environment, as `code: message`. */
async function problems(imports: string, resources: string): Promise<string[]> {
  const diagnostics = collect();
  const files = {
    "/app/runtime.yaml": `name: App\nimports: [${imports}]\n---${UNSET}${resources}`,
  };
  const platform = memoryPlatform({ files, env: {} });
  const kernel = new Kernel({ platform, builtins: embedded, diagnostics, checking: true });
  await kernel.load("/app/runtime.yaml");
  await kernel.verify();
  return diagnostics.errors.map(({ code, message }) => `${code}: ${message}`);
}

const CASES: readonly [string, string, string][] = [
  ["a queue", "digly:queue", 'kind: Queue.Queue\nmetadata: { name: A }\nurl: "${{ Secret.S }}"'],
  ["a store", "digly:kv", 'kind: Kv.Store\nmetadata: { name: A }\nurl: "${{ Secret.S }}"'],
  [
    "a part of the URL of a store",
    "digly:kv",
    'kind: Kv.Store\nmetadata: { name: A }\nurl: "redis://${{ Secret.S }}"',
  ],
  [
    "a database and its queries",
    "digly:sql",
    `kind: Sql.Connection
metadata: { name: Main }
url: "\${{ Secret.S }}"
---
kind: Sql.Query
metadata: { name: A }
connection: Sql.Connection.Main
text: SELECT 1`,
  ],
  [
    "a key set",
    "digly:auth",
    'kind: Auth.Bearer\nmetadata: { name: A }\njwks: "${{ Variable.V }}"',
  ],
  [
    "the hash of a password",
    "digly:auth",
    'kind: Auth.Basic\nmetadata: { name: A }\nusers: [{ name: ada, password: "${{ Secret.S }}" }]',
  ],
  [
    "a pattern and a time zone",
    "digly:schedule, digly:core",
    `kind: Schedule.Cron
metadata: { name: A }
cron: "\${{ Variable.V }}"
timeZone: "\${{ Variable.V }}"
execute: Variable.V`,
  ],
  [
    "an interval",
    "digly:schedule, digly:core",
    'kind: Schedule.Every\nmetadata: { name: A }\nevery: "${{ Variable.V }}"\nexecute: Variable.V',
  ],
  [
    "origins",
    "digly:http",
    'kind: Http.Cors\nmetadata: { name: A }\norigins: ["${{ Variable.V }}"]',
  ],
  [
    "the address of a proxy",
    "digly:http",
    'kind: Http.Proxy\nmetadata: { name: A }\nupstream: "${{ Variable.V }}"',
  ],
];

for (const [what, imports, resources] of CASES) {
  test(`a check does not judge ${what} that is not known`, async () => {
    assert.deepEqual(await problems(`${imports}, digly:core`, resources), []);
  });
}

test("what is known of a resource is checked, also if another field is not", async () => {
  assert.deepEqual(
    await problems(
      "digly:http, digly:core",
      `kind: Http.Server
metadata: { name: A }
tls: { cert: "\${{ Secret.S }}", key: "\${{ Secret.S }}" }
hosts: ["http://example.com"]
mounts: [{ type: Http.Route.A }, { type: Http.Route.B }]
---
kind: Http.Route
metadata: { name: A }
request: { path: /x }
---
kind: Http.Route
metadata: { name: B }
request: { path: /x }`,
    ),
    [
      'ERR_RESOURCE_INVALID: Http.Server.A: "http://example.com" is not a host name',
      "ERR_RESOURCE_INVALID: Http.Route.B: GET /x of Http.Route.A and GET /x of Http.Route.B " +
      "answer the same requests",
    ],
  );
});
