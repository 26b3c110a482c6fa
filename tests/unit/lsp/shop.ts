/** The app that tests of the language server edit. */

export const RUNTIME = `name: Shop
version: 1.0.0
imports:
  - digly:http
  - digly:javascript
  - digly:core
  - ./bank
resources: [resources]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts:
  - { path: /v1, type: Http.Api.Hello }
---
kind: Http.Api
metadata: { name: Hello }
routes:
  - request: { path: "/hello/:who", method: GET }
    handler: { name: JavaScript.Script.Greet, inputs: { name: "\${{ request.params.who }}" } }
    response: { body: "\${{ result.text }} on port \${{ Http.Server.Main.port }}" }
`;

export const SCRIPTS = `# Greets somebody.
kind: JavaScript.Script
metadata: { name: Greet }
inputSchema: { name: string }
outputSchema:
  type: object
  required: [text]
  properties: { text: { type: string } }
code: |
  function main({ name }) { return { text: "Hello " + name }; }
---
kind: Secret
metadata: { name: Key }
value: very-secret-value
---
kind: TemplateDefinition
metadata: { name: Echo }
schema:
  type: object
  required: [word]
  properties:
    word: { type: string, description: The word to say. }
    times: { type: integer, default: 1 }
resources:
  - kind: JavaScript.Script
    metadata: { name: "Say\${{ word }}" }
    code: "function main() { return 1; }"
---
kind: Shop.Echo
metadata: { name: One }
word: Hi
---
kind: Bank.Account
metadata: { name: Savings }
key: "\${{ Secret.Key }}"
level: low
`;

export const FILES: Readonly<Record<string, string>> = {
  "runtime.yaml": RUNTIME,
  "resources/scripts.yaml": SCRIPTS,
  "bank/module.yaml": "name: Bank\nversion: 1.0.0\ndefinitions: [account.yaml]\n",
  "bank/account.yaml": `kind: Runtime.Definition
metadata: { name: Account, resourceKind: Account }
description: An account.
controllers: [./account.ts]
check: ./account_check.ts
schema:
  type: object
  properties:
    key: { type: string, description: The key. }
    level: { enum: [low, high], description: How much is in it. }
`,
  "bank/account.ts": `import { writeFileSync } from "node:fs";
writeFileSync(new URL("executed", import.meta.url), "");
export function create() { return { execute: () => 1 }; }
`,
  // What modules print must not get between the messages of the protocol.
  "bank/account_check.ts": `console.log("checking");
process.stdout.write("checking\\n");
export function check() { console.log("checked"); }
`,
  "shop.test.yaml": `kind: Test.Case
metadata: { name: Greets }
app: .
steps:
  - { name: greet, execute: JavaScript.Script.Greet, input: { name: Ada } }
expect:
  - step.greet.result.text == 'Hello Ada'
`,
};
