/**
 * What a user can get wrong: one error with its code on standard error, no stack, the right exit
 * code, and a process that is gone. What a runtime or its loader has a part in is tried in every
 * form but one: the sources on Node, since the package loads controllers with the same Node. What
 * only the core sees is tried in one form each, another one for each mistake. `check_test.ts` has
 * the mistakes that `digly check` finds.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  chooseForm,
  type Form,
  forms,
  formsWithSqlite,
  oldNode,
  portable,
  run,
  tempApp,
} from "./forms.ts";

/** A mistake and how the program answers. */
interface Mistake {
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly code: string;
  readonly exit?: number;
  /** What standard error must say beside the code. */
  readonly says: readonly RegExp[];
}

const manifest = "name: App\nimports: [digly:console, digly:javascript]\n---\n";
const hello = "kind: Console.WriteLine\nmetadata: { name: Hello }\noutput: Hello\n";

/** An app with one resource of a kind whose controller is `code`. */
function withController(code: string): Record<string, string> {
  return {
    "runtime.yaml": "name: App\nimports: [./thing]\n---\nkind: Thing.One\nmetadata: { name: a }\n",
    "thing/module.yaml": "name: Thing\nversion: 1.0.0\ndefinitions: [one.yaml]\n",
    "thing/one.yaml":
      "kind: Runtime.Definition\nmetadata: { name: One, resourceKind: One }\ncontrollers:\n" +
      "  - { runtime: node, entrypoint: ./one.ts }\n",
    "thing/one.ts": code,
  };
}

const execute = ["exec", "runtime.yaml", "Thing.One.a"];

/** What a runtime or its loader has a part in. */
const ofRuntimes: Readonly<Record<string, Mistake>> = {
  "a controller with a syntax error": {
    files: withController("export const execute = () => 1;\nconst x = = 2;\n"),
    code: "ERR_MODULE_INVALID",
    says: [/one\.ts:2:\d+/, /2 \| const x = = 2;/],
  },
  "a controller with a syntax error in what it imports": {
    files: {
      ...withController('import { x } from "./two.ts";\nexport const create = () => x;\n'),
      "thing/two.ts": "export const x = 1;\nconst y = {;\n",
    },
    code: "ERR_MODULE_INVALID",
    says: [/two\.ts:2:/],
  },
  "a controller that imports a file that is not there": {
    files: {
      ...withController('import { x } from "./tow.ts";\nexport const create = () => x;\n'),
      "thing/two.ts": "export const x = 1;\n",
    },
    code: "ERR_MODULE_INVALID",
    says: [/tow\.ts/, /thing\/one\.ts:1:19/, /Did you mean "\.\/two\.ts"\?/],
  },
  "a controller that imports a package that is not there": {
    files: withController('import { x } from "left-padd";\nexport const create = () => x;\n'),
    code: "ERR_MODULE_INVALID",
    says: [/"left-padd"/, /thing\/one\.ts:1:19/, /Install it beside the controller/],
  },
  "a controller that imports what is not exported": {
    files: {
      ...withController('import { xx } from "./two.ts";\nexport const create = () => xx;\n'),
      "thing/two.ts": "export const x = 1;\n",
    },
    code: "ERR_MODULE_INVALID",
    says: [/xx/, /two\.ts/],
  },
  "a controller that imports broken JSON": {
    files: {
      ...withController(
        'import data from "./data.json" with { type: "json" };\n' +
          "export const create = () => ({ snapshot: () => data });\n",
      ),
      "thing/data.json": '{ "a": 1, }\n',
    },
    code: "ERR_MODULE_INVALID",
    says: [/JSON/, /data\.json/],
  },
  "a controller whose top-level await rejects": {
    files: withController(
      'await Promise.reject(new Error("no network"));\nexport const create = () => ({});\n',
    ),
    code: "ERR_MODULE_INVALID",
    says: [/no network/, /one\.yaml:4:5/],
  },
  "a controller that throws while loading": {
    files: withController('throw new Error("out of disk");\n'),
    code: "ERR_MODULE_INVALID",
    says: [/out of disk/, /one\.ts/],
  },
  "a controller that changes its resource": {
    files: withController('export const create = (one) => { one.kind = "x"; return {}; };\n'),
    code: "ERR_CREATE_FAILED",
    says: [/resources are frozen/, /one\.ts:1:/, /Copy what you want to change/],
  },
  "a controller whose error has a cause": {
    files: withController(
      'export function create() {\n  throw new Error("no store", { cause: new Error("disk full") });\n}\n',
    ),
    code: "ERR_CREATE_FAILED",
    says: [/Thing\.One\.a.*no store/, /^ {2}cause: disk full$/m, /one\.ts:2:/],
  },
  "a controller that rejects where nothing listens": {
    files: withController(
      "export const create = (_, ctx) => ({ init() {\n" +
        '  ctx.acquireHold("waiting");\n' +
        '  setTimeout(() => Promise.reject(new Error("out of disk")), 10);\n} });\n',
    ),
    code: "ERR_EXECUTION_FAILED",
    says: [/out of disk/],
  },
  "a controller that throws where nothing listens": {
    files: withController(
      "export const create = (_, ctx) => ({ init() {\n" +
        '  ctx.acquireHold("waiting");\n' +
        '  setTimeout(() => { throw new Error("out of disk"); }, 10);\n} });\n',
    ),
    code: "ERR_EXECUTION_FAILED",
    says: [/not handled: out of disk/, /one\.ts:3:/],
  },
  "no controller for this runtime": {
    files: {
      ...withController("export const execute = () => 1;\n"),
      "thing/one.yaml":
        "kind: Runtime.Definition\nmetadata: { name: One, resourceKind: One }\ncontrollers:\n" +
        '  - { runtime: "rust@>=1.76", entrypoint: ./one.so }\n' +
        '  - { runtime: "node@<4", entrypoint: ./one.ts }\n',
    },
    code: "ERR_RUNTIME_MISMATCH",
    says: [
      /rust@>=1\.76: this is (node|bun|deno).*, and "\.\/one\.so" is not WebAssembly/,
      /node@<4: node [\d.]+ is outside <4/,
    ],
  },
};

/** What the core alone sees. */
const ofTheCore: Readonly<Record<string, Mistake>> = {
  "a file that does not exist": {
    args: ["missing.yaml"],
    code: "ERR_MANIFEST_NOT_FOUND",
    says: [/missing\.yaml/],
  },
  "a folder without a runtime.yaml": {
    files: { "app/runtime.yml": manifest },
    args: ["app"],
    code: "ERR_MANIFEST_NOT_FOUND",
    says: [/runtime\.yaml/, /runtime\.yml/],
  },
  "a controller that exports nothing of use": {
    files: withController("export const x = 1;\n"),
    code: "ERR_MODULE_INVALID",
    says: [/exports none of register, create, execute, value and connect/],
  },
  "a controller whose export is misspelt": {
    files: withController("export function craete() {}\n"),
    code: "ERR_MODULE_INVALID",
    says: [/exports `craete`, which nothing calls/, /Did you mean "create"\?/],
  },
  "a controller whose create is not a function": {
    files: withController("export const create = 5;\n"),
    code: "ERR_MODULE_INVALID",
    says: [/`create`, which is not a function \(number\)/, /one\.yaml:4:5/],
  },
  "a controller whose default export is a class": {
    files: withController("export default class Foo { create() { return {}; } }\n"),
    code: "ERR_MODULE_INVALID",
    says: [/export default new Foo\(\)/],
  },
  "a controller that returns no instance": {
    files: withController("export const create = () => [1];\n"),
    code: "ERR_CREATE_FAILED",
    says: [/create returned a list/, /runtime\.yaml:4:1/, /Return an instance/],
  },
  "an instance whose init is not a function": {
    files: withController("export const create = () => ({ init: 5 });\n"),
    code: "ERR_CREATE_FAILED",
    says: [/`init` is not a function \(number\)/],
  },
  "a controller that returns null forever": {
    files: withController("export const create = () => null;\n"),
    code: "ERR_CONTROLLER_NOT_FOUND",
    says: [/Thing\.One\.a \(its controller kept returning null\)/, /runtime\.yaml:4:1/],
  },
  "a controller that throws undefined": {
    files: withController("export const create = () => { throw undefined; };\n"),
    code: "ERR_CREATE_FAILED",
    says: [/Thing\.One\.a.*a value that is not an error was thrown \(undefined\)/],
  },
  "a controller that throws an object": {
    files: withController("export const create = () => { throw { code: 7 }; };\n"),
    code: "ERR_CREATE_FAILED",
    says: [/Thing\.One\.a.*a value that is not an error was thrown \(an object with code\)/],
  },
  "a controller that throws an error nobody can read": {
    files: withController(
      'export const create = () => { throw Object.defineProperty(new Error(), "message", ' +
        '{ get() { throw new Error("gotcha"); } }); };\n',
    ),
    code: "ERR_CREATE_FAILED",
    says: [/Thing\.One\.a.*message cannot be read/],
  },
  "a controller that throws in register": {
    files: withController('export function register() { throw new Error("out of disk"); }\n'),
    code: "ERR_MODULE_INVALID",
    says: [/register.*out of disk/],
  },
  "a controller that throws in create": {
    files: withController('export function create() { throw new Error("out of disk"); }\n'),
    code: "ERR_CREATE_FAILED",
    says: [/Thing\.One\.a.*out of disk/, /one\.ts:1:/],
  },
  "a controller that throws in init": {
    files: withController(
      'export const create = () => ({ async init() { throw new Error("out of disk"); } });\n',
    ),
    code: "ERR_INIT_FAILED",
    says: [/Thing\.One\.a.*out of disk/],
  },
  "a controller that throws in execute": {
    files: withController('export function execute() {\n  throw new Error("out of disk");\n}\n'),
    args: execute,
    code: "ERR_EXECUTION_FAILED",
    says: [/Thing\.One\.a.*out of disk/, /one\.ts:2:/],
  },
  "a controller that throws in teardown": {
    files: withController(
      'export const create = () => ({ teardown() { throw new Error("out of disk"); } });\n',
    ),
    code: "ERR_TEARDOWN_FAILED",
    says: [/Thing\.One\.a.*out of disk/],
  },
  "an unknown flag": {
    args: ["runtime.yaml", "--verbos"],
    code: "ERR_USAGE",
    exit: 2,
    says: [/--verbos/, /--verbose/],
  },
  "an unknown command": {
    args: ["chek", "runtime.yaml"],
    code: "ERR_USAGE",
    exit: 2,
    says: [/check/],
  },
  "an unknown URN": {
    files: { "runtime.yaml": manifest + hello },
    args: ["exec", "runtime.yaml", "Console.WriteLine.Helo"],
    code: "ERR_RESOURCE_NOT_FOUND",
    says: [/Did you mean "Console\.WriteLine\.Hello"\?/],
  },
  "input that is not JSON": {
    files: { "runtime.yaml": manifest + hello },
    args: ["exec", "runtime.yaml", "Console.WriteLine.Hello", "--input", "{a: 1}"],
    code: "ERR_USAGE",
    exit: 2,
    says: [/--input/],
  },
};

/** Boots that wait until they have taken too long. */
const hanging: Readonly<Record<string, Mistake>> = {
  "a controller whose create never settles": {
    files: withController("export const create = () => new Promise(() => {});\n"),
    args: ["runtime.yaml", "--boot-timeout", "20s"],
    code: "ERR_ABORTED",
    says: [/waiting for create of Thing\.One\.a/, /runtime\.yaml:4:1/],
  },
  "a controller whose register never settles": {
    files: withController("export const register = () => new Promise(() => {});\n"),
    args: ["runtime.yaml", "--boot-timeout", "20s"],
    code: "ERR_ABORTED",
    says: [/waiting for the register function of the controller of Thing\.One/, /one\.yaml:4:5/],
  },
};

/** A boot that waits for what only the loader of the runtime knows about. */
const neverLoads: Mistake = {
  files: withController("await new Promise(() => {});\nexport const create = () => ({});\n"),
  args: ["runtime.yaml", "--boot-timeout", "20s"],
  code: "ERR_ABORTED",
  says: [/waiting for the controller of Thing\.One to load/, /one\.yaml:4:5/],
};

async function answers(form: Form, mistake: Mistake): Promise<void> {
  const { files = {}, args = ["runtime.yaml"], code, exit = 1, says } = mistake;
  const ended = await run(form, args, { cwd: tempApp(files) });
  const { stderr } = ended;
  assert.equal(ended.code, exit, stderr);
  const errors = Array.from(stderr.matchAll(/^error\[(\w+)\]/gm), ([, found]) => found);
  assert.deepEqual(errors, [code], stderr);
  for (const pattern of says) assert.match(stderr, pattern);
  assert.doesNotMatch(stderr, /^\s+at .*\(.*:\d+:\d+\)$/m, "a stack is shown");
  assert.equal(ended.stdout, "");
}

const hosts = forms.filter(({ name }) => name !== "node mod.ts");

for (const [name, mistake] of Object.entries(ofRuntimes)) {
  describe(name, { concurrency: 2 }, () => {
    for (const form of hosts) test(form.name, () => answers(form, mistake));
  });
}

describe("mistakes that the core sees", { concurrency: 2 }, () => {
  for (const [name, mistake] of Object.entries(ofTheCore)) {
    const form = chooseForm(name);
    test(`${name} (${form.name})`, () => answers(form, mistake));
  }
});

// Side by side, since they only wait.
describe("what hangs", { concurrency: true }, () => {
  for (const [name, mistake] of Object.entries(hanging)) {
    const form = chooseForm(name);
    test(`${name} (${form.name})`, () => answers(form, mistake));
  }
  for (const form of hosts) {
    test(`a controller that never loads, ${form.name}`, () => answers(form, neverLoads));
  }
});

describe("errors do not name places in the code of Digly", { concurrency: 2 }, () => {
  const url = "postgres://127.0.0.1:1/none";
  const files = {
    "runtime.yaml": "name: App\nimports: [digly:sql]\n---\nkind: Sql.Connection\n" +
      `metadata: { name: Main }\nurl: ${url}\ntimeout: 100ms\n`,
  };
  for (const form of formsWithSqlite) {
    test(form.name, async () => {
      const { code, stderr } = await run(form, ["runtime.yaml"], { cwd: tempApp(files) });
      assert.equal(code, 1);
      assert.match(stderr, /Sql\.Unavailable\]: .* cannot be used: the connection was refused$/m);
      assert.match(stderr, /--> runtime\.yaml:6:6$/m);
      assert.match(stderr, /help: Start the server, or correct the host and the port in `url`$/m);
      assert.doesNotMatch(stderr, /^ {2}at /m);
    });
  }
});

test("a built-in kind that needs a newer Node says so at the resource", {
  skip: oldNode() === undefined ? "npm does not run on Node 20" : false,
}, async () => {
  const files = {
    "runtime.yaml":
      "name: App\nimports: [digly:sql]\n---\nkind: Sql.Connection\nmetadata: { name: Main }\n" +
      'url: "sqlite::memory:"\n',
  };
  const { code, stderr } = await run(portable, ["check", "."], { cwd: tempApp(files) });
  assert.equal(code, 1);
  assert.match(stderr, /No controller of Sql\.Connection fits node 20\./);
  assert.match(stderr, /--> runtime\.yaml:4:7$/m);
  assert.match(stderr, /help: Run the app on a runtime that is listed, or with the single exec/);
});

test("--verbose adds the stack", async () => {
  const files = withController(
    'export function execute() {\n  throw new Error("out of disk");\n}\n',
  );
  const ended = await run(forms[0]!, [...execute, "--verbose"], { cwd: tempApp(files) });
  assert.match(ended.stderr, /at .*one\.ts:2:9/);
});
