/** A minimal example of each error code. */
import type { ErrorCode } from "../../src/contract/errors.ts";

/** A command and the files that it runs on. */
export interface ErrorExample {
  /** A file to which standard output goes instead of into the page. */
  readonly stdout?: string;
  /** The arguments of `digly`; `check` by default. */
  readonly args?: readonly string[];
  /** File contents by path. The page shows only `runtime.yaml`. */
  readonly files: Readonly<Record<string, string>>;
}

/** A module with `code` as its controller. */
function moduleWith(code: string): Record<string, string> {
  return {
    "runtime.yaml": `name: Shop
imports: [./mail]
---
kind: Mail.Box
metadata: { name: Orders }
`,
    "mail/module.yaml": "name: Mail\nversion: 1.0.0\ndefinitions: [box.yaml]\n",
    "mail/box.yaml": `kind: Runtime.Definition
metadata: { name: Box, resourceKind: Box }
controllers:
  - { runtime: "node@>=20", entrypoint: ./box.js }
`,
    "mail/box.js": code,
  };
}

/** A script that is executed as `JavaScript.Script.Price`. */
function script(code: string): Record<string, string> {
  return {
    "runtime.yaml": `name: Shop
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Price }
code: |
  ${code}
`,
  };
}

function app(text: string): { readonly files: Readonly<Record<string, string>> } {
  return { files: { "runtime.yaml": text } };
}

const PRICE = ["exec", ".", "JavaScript.Script.Price"];

/** The examples by code. */
export const ERROR_EXAMPLES: Readonly<Record<ErrorCode, ErrorExample>> = {
  ERR_USAGE: { args: ["chek", "."], files: {} },
  ERR_MANIFEST_INVALID: app(`name: Shop
---
kind: Http.Server
metadata:
  nmae: Main
`),
  ERR_MANIFEST_NOT_FOUND: app(`name: Shop
resources:
  - ./resuorces
`),
  ERR_COMPILATION_FAILED: app(`name: Shop
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: "\${ 8000 + '80' }"
`),
  ERR_ASSERTION_FAILED: app(`name: Shop
imports: [digly:core]
---
$let: { replicas: "0" }
$assert: int(replicas) > 0
$msg: A shop needs a replica
kind: Variable
metadata: { name: Replicas }
value: "\${ replicas }"
`),
  ERR_SCHEMA_VALIDATION: app(`name: Shop
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
prot: 8080
`),
  ERR_RESOURCE_INVALID: app(`name: Shop
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
---
kind: Http.Route
metadata: { name: ById }
request: { path: /items/:id }
response: { body: one }
---
kind: Http.Route
metadata: { name: ByName }
request: { path: /items/:name }
response: { body: another }
`),
  ERR_TEMPLATE_INVALID: app(`name: Shop
---
kind: TemplateDefinition
metadata: { name: Stage }
schema: { enabled: { type: boolean } }
resources:
  - if: enabld
    kind: Variable
    metadata: { name: Region }
    value: eu-west
---
kind: Template.Stage
metadata: { name: Live }
enabled: true
`),
  ERR_TEMPLATE_NOT_FOUND: app(`name: Shop
---
kind: TemplateDefinition
metadata: { name: Stage }
schema: {}
resources: []
---
kind: Template.Stag
metadata: { name: Live }
`),
  ERR_REFERENCE_UNRESOLVED: app(`name: Shop
imports: [digly:core, digly:console]
---
kind: Variable
metadata: { name: Region }
value: eu-west
---
kind: Console.WriteLine
metadata: { name: Hello }
output: "\${{ Variable.Regoin }}"
`),
  ERR_EXPRESSION_TYPE: app(`name: Shop
imports: [digly:http]
---
kind: Http.Route
metadata: { name: Order }
request: { path: /orders/:id }
response:
  body:
    next: \${{ request.params.id + 1 }}
`),
  ERR_REFERENCE_CYCLE: app(`name: Shop
imports: [digly:core]
---
kind: Variable
metadata: { name: Hen }
value: "\${{ Variable.Egg }}"
---
kind: Variable
metadata: { name: Egg }
value: "\${{ Variable.Hen }}"
`),
  ERR_MODULE_NOT_FOUND: app("name: Shop\nimports: [digly:htpp]\n"),
  ERR_MODULE_INVALID: { args: ["run", "."], files: moduleWith("export const crate = () => {};\n") },
  ERR_RUNTIME_MISMATCH: {
    files: {
      ...moduleWith(""),
      "mail/box.yaml": `kind: Runtime.Definition
metadata: { name: Box, resourceKind: Box }
controllers:
  - { runtime: "node@>=99", entrypoint: ./box.js }
  - { runtime: bun, entrypoint: ./box.js }
`,
    },
  },
  ERR_CONTROLLER_NOT_FOUND: app(`name: Shop
imports: [digly:http]
---
kind: Http.Sever
metadata: { name: Main }
`),
  ERR_DUPLICATE_RESOURCE: app(`name: Shop
imports: [digly:core]
---
kind: Variable
metadata: { name: Region }
value: eu-west
---
kind: Variable
metadata: { name: Region }
value: us-east
`),
  ERR_RESOURCE_NOT_FOUND: {
    args: ["exec", ".", "JavaScript.Script.Pirce"],
    files: script("function main() { return 7; }"),
  },
  ERR_MODULE_MISSING: {
    args: ["exec", ".", "Runtime.Definition.Box"],
    files: {
      "runtime.yaml": `name: Shop
---
kind: Runtime.Definition
metadata: { name: Box, resourceKind: Box }
`,
    },
  },
  ERR_CREATE_FAILED: { args: ["run", "."], files: script("function mian() { return 7; }") },
  ERR_INIT_FAILED: {
    args: ["run", "."],
    files: moduleWith(`export const create = () => ({
  init() {
    throw new Error("the mail server refuses the password");
  },
});
`),
  },
  ERR_START_FAILED: {
    args: ["run", "."],
    files: moduleWith(`export const create = () => ({
  start() {
    throw new Error("the queue is locked by another program");
  },
});
`),
  },
  ERR_EXECUTION_FAILED: { args: PRICE, files: script("function main() { return order.total; }") },
  ERR_INPUT_INVALID: {
    args: ["exec", ".", "JavaScript.Script.Greet", "--input", '{ "name": "" }'],
    files: {
      "runtime.yaml": `name: Shop
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Greet }
inputSchema: { name: { type: string, minLength: 1 } }
code: |
  const main = ({ name }) => ({ greeting: "Hello " + name });
`,
    },
  },
  ERR_UNAVAILABLE: {
    args: ["exec", ".", "Mail.Box.Orders"],
    files: moduleWith(`import { fail } from "digly/module";

export function execute() {
  throw fail("ERR_UNAVAILABLE", {
    problem: "The queue at 10.0.0.7 does not answer",
    executed: "no",
  });
}`),
  },
  ERR_TEARDOWN_FAILED: {
    args: ["run", "."],
    files: moduleWith(`export const create = () => ({
  teardown() {
    throw new Error("the connection is lost");
  },
});
`),
  },
  ERR_SHUTDOWN_TIMEOUT: {
    args: ["run", ".", "--shutdown-timeout", "100ms"],
    files: moduleWith(`export const create = () => ({
  teardown: () => new Promise((done) => setTimeout(done, 60_000)),
});
`),
  },
  ERR_LIMIT_EXCEEDED: app(`name: Shop
imports: [digly:core]
---
kind: Variable
metadata: { name: Tree }
value: ${"[".repeat(130)}${"]".repeat(130)}
`),
  ERR_CODE_MEMORY: {
    args: ["exec", ".", "Mail.Box.Orders"],
    files: moduleWith(`import { fail } from "digly/module";

export function execute() {
  throw fail("ERR_CODE_MEMORY", { urn: "Mail.Box.Orders", problem: "needs more memory than its limit of 64MiB" });
}`),
  },
  ERR_CODE_TIME: {
    args: ["exec", ".", "Mail.Box.Orders"],
    files: moduleWith(`import { fail } from "digly/module";

export function execute() {
  throw fail("ERR_CODE_TIME", { urn: "Mail.Box.Orders", problem: "computes longer than its limit of 1s" });
}`),
  },
  ERR_CODE_FUEL: {
    args: ["exec", ".", "Mail.Box.Orders"],
    files: moduleWith(`import { fail } from "digly/module";

export function execute() {
  throw fail("ERR_CODE_FUEL", { urn: "Mail.Box.Orders", problem: "takes more instructions than its limit of 1e9" });
}`),
  },
  ERR_CODE_TRAP: {
    args: ["exec", ".", "Mail.Box.Orders"],
    files: moduleWith(`import { fail } from "digly/module";

export function execute() {
  throw fail("ERR_CODE_TRAP", { urn: "Mail.Box.Orders", problem: "trapped: it divided by zero" });
}`),
  },
  ERR_CODE_RESULT: {
    args: ["exec", ".", "Mail.Box.Orders"],
    files: moduleWith(`import { fail } from "digly/module";

export function execute() {
  throw fail("ERR_CODE_RESULT", { urn: "Mail.Box.Orders", problem: "returned a result that is not valid JSON" });
}`),
  },
  ERR_INTEGRITY: app("name: Shop\nresources: ['http://example.com/shop.yaml']\n"),
  ERR_OUTPUT_FAILED: {
    args: ["kinds", ">", "/dev/full"],
    stdout: "/dev/full",
    files: {},
  },
  ERR_ABORTED: {
    args: ["run", ".", "--boot-timeout", "100ms"],
    files: moduleWith(`export const create = () => ({
  init: () => new Promise((done) => setTimeout(done, 60_000)),
});
`),
  },
};
