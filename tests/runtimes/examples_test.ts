/** Runs every example as it is, each in several forms, so that all forms take part. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { install } from "../servers/debian.ts";
import { openSocket } from "../websocket.ts";
import { fulfillingOrders, readingFeeds, shortening } from "./example_kills.ts";
import {
  assertCode,
  chooseForm,
  type Form,
  forms,
  freePort,
  ofEachRuntime,
  root,
  run,
  runtime,
  singleFile,
  start,
  tempApp,
} from "./forms.ts";

/** What executing a resource prints, read as JSON. */
async function executed(
  form: Form,
  path: string,
  urn: string,
  input: unknown = null,
): Promise<unknown> {
  const ended = await run(form, ["exec", path, urn, "--input", JSON.stringify(input)]);
  assertCode(ended, 0);
  return JSON.parse(ended.stdout);
}

/** Serves an example on a free port while `ask` asks it. */
async function serving(
  form: Form,
  example: string,
  ask: (address: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const port = await freePort();
  const app = start(form, [`${root}examples/${example}`], {
    env: { PORT: String(port), ...env },
  });
  await app.waitFor(new RegExp(`http://127\\.0\\.0\\.1:${port}`));
  await ask(`http://127.0.0.1:${port}`);
  app.kill("SIGTERM");
  const { code, stderr } = await app.exited;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /^(warn|error)/m, "a clean stop says so with nothing but its end");
}

/** Runs the tests of an example. */
async function tested(form: Form, example: string, count: number): Promise<void> {
  const ended = await run(form, ["test", `${root}examples/${example}`]);
  assert.equal(ended.code, 0, ended.stdout);
  assert.match(ended.stdout, new RegExp(`\n${count} passed, 0 failed\n$`));
}

/** Node 20 has no SQLite. */
const hasSqlite = (form: Form) => !form.name.startsWith("node 20");

const NATS_SERVER = "/usr/sbin/nats-server";

/** Executes resources of one process from another, over a NATS server of this machine. */
async function remotely(form: Form): Promise<void> {
  const folder = `${root}examples/modules/remote/example`;
  const port = await freePort();
  const env = { NATS: `nats://127.0.0.1:${port}` };
  const nats = spawn(NATS_SERVER, ["-a", "127.0.0.1", "-p", String(port)], { stdio: "pipe" });
  try {
    await new Promise<void>((resolve, reject) => {
      nats.once("error", reject);
      nats.stderr.on("data", (text) => /Server is ready/.test(String(text)) && resolve());
    });
    const worker = start(form, [`${folder}/worker.yaml`, "--verbose"], { env });
    await worker.waitFor(/offers resources/);
    const execute = (urn: string, input: string) =>
      run(form, ["exec", `${folder}/front.yaml`, urn, "--input", input], { env });
    const done = await execute("JavaScript.Script.Go", "21");
    const { result, pid } = JSON.parse(done.stdout) as { result: number; pid: number };
    assert.equal(result, 42);
    assert.equal(pid, worker.pid);
    const failed = await execute("Remote.Resource.Explicit", "5000");
    assert.match(failed.stderr, /^error\[Work\.TooLarge\]: Too large/);
    worker.kill("SIGTERM");
    assertCode(await worker.exited, 0);
    const alone = await execute("JavaScript.Script.Go", "21");
    assert.match(
      alone.stderr,
      /^error\[Remote\.Unavailable\]: No process offers Work\.Task\.Double/,
    );
  } finally {
    nats.kill();
  }
}

const examples: Readonly<Record<string, (form: Form) => Promise<void>>> = {
  async "hello-world"(form) {
    const ended = await run(form, [`${root}examples/hello-world/runtime.yaml`]);
    assert.deepEqual([ended.code, ended.stdout], [0, "Hello, world!\n"], ended.stderr);
  },

  clock: (form) => tested(form, "clock", 1),

  "hello-api": (form) =>
    serving(form, "hello-api", async (address) => {
      const answer = await fetch(`${address}/v1/hello?name=Ada`);
      assert.equal(await answer.text(), '{"greeting":"Hello Ada!"}');
    }),

  "orders-api": (form) =>
    serving(form, "orders-api", async (address) => {
      const post = (body: unknown) =>
        fetch(`${address}/orders`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      const items = [{ sku: "AB-1", quantity: 2, price: 1.5 }];
      const placed = await post({ customer: "Ada", items });
      assert.equal(placed.status, 201);
      assert.equal(placed.headers.get("location"), "/orders/1");
      assert.deepEqual(await placed.json(), { id: 1, total: 3 });
      const refused = await post({ customer: "", items: [{ sku: "ab", quantity: 0 }] });
      assert.equal(refused.status, 400);
      const { error } = await refused.json() as { error: { violations: { path: string }[] } };
      assert.deepEqual(error.violations.map(({ path }) => path).sort(), [
        "customer",
        "items[0].price",
        "items[0].quantity",
        "items[0].sku",
      ]);
    }),

  async "npm-dependency"(form) {
    const clone = `${root}examples/npm-dependency`;
    assert.equal(await executed(form, clone, "Releases.Channel.Stable"), "2.4.0");
    const copy = tempApp();
    cpSync(clone, copy, { recursive: true });
    cpSync(`${root}node_modules/semver`, `${copy}/releases/node_modules/semver`, {
      recursive: true,
      dereference: true,
    });
    assert.equal(await executed(form, copy, "Releases.Channel.Next"), "3.0.0-rc.2");
  },

  "kind-inheritance": (form) => tested(form, "kind-inheritance", 3),

  "three-modules": (form) => tested(form, "three-modules", 3),

  "rust-controller": (form) => tested(form, "rust-controller", 2),

  "assemblyscript-controller": (form) => tested(form, "assemblyscript-controller", 2),

  chat: (form) =>
    serving(form, "chat", async (address) => {
      const page = await fetch(address);
      assert.match(await page.text(), /<title>Chat<\/title>/);
      assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
      const events = (await fetch(`${address}/rooms/tea/events`)).body!.getReader();
      const ada = await openSocket(`${address}/rooms/tea/socket?name=Ada`);
      assert.equal(await ada.next(), '{"from":"Ada","event":"joined"}');
      const bob = await openSocket(`${address}/rooms/tea/socket?name=Bob`);
      assert.equal(await ada.next(), '{"from":"Bob","event":"joined"}');
      bob.socket.send('{"text":"hi"}');
      const hi = '{"from":"Bob","text":"hi"}';
      assert.equal(await ada.next(), hi);
      const post = (body: unknown) =>
        fetch(`${address}/rooms/tea/messages`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      assert.equal((await post({ from: "CI", text: "done" })).status, 204);
      assert.equal((await post({ from: "CI" })).status, 400);
      const done = '{"from":"CI","text":"done"}';
      assert.equal(await ada.next(), done);
      bob.socket.close();
      assert.equal(await ada.next(), '{"from":"Bob","event":"left"}');
      let seen = "";
      while (!seen.includes('"left"')) {
        seen += new TextDecoder().decode((await events.read()).value);
      }
      for (const message of [hi, done]) assert.ok(seen.includes(`data: ${message}\n\n`), seen);
      await events.cancel();
    }),

  async "url-shortener"(form) {
    if (hasSqlite(form)) await shortening(form);
  },

  async feeds(form) {
    if (hasSqlite(form)) await readingFeeds(form);
  },

  async orders(form) {
    if (hasSqlite(form)) await fulfillingOrders(form);
  },

  async todo(form) {
    if (!hasSqlite(form)) return;
    await serving(form, "todo", async (address) => {
      const call = async (user: string, method: string, path: string, body?: unknown) => {
        const response = await fetch(`${address}/api${path}`, {
          method,
          headers: {
            authorization: `Basic ${btoa(user)}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return [response.status, text === "" ? undefined : JSON.parse(text)];
      };
      const [ada, bob] = ["ada:correct horse", "bob:battery staple"];
      assert.equal((await call("ada:wrong", "GET", "/tasks"))[0], 401);
      const milk = { id: 1, title: "Buy milk", done: false };
      assert.deepEqual(await call(ada, "POST", "/tasks", { title: "Buy milk" }), [201, milk]);
      assert.equal((await call(ada, "POST", "/tasks", { title: "" }))[0], 400);
      assert.deepEqual(await call(ada, "PUT", "/tasks/1/done", true), [204, undefined]);
      assert.deepEqual(await call(ada, "GET", "/tasks"), [200, [{ ...milk, done: true }]]);
      assert.deepEqual(await call(bob, "GET", "/tasks"), [200, []]);
      assert.deepEqual(await call(bob, "DELETE", "/tasks/1"), [
        404,
        { error: { code: "NOT_FOUND", message: "No such task" } },
      ]);
      assert.deepEqual(await call(ada, "DELETE", "/tasks/1"), [204, undefined]);
      const page = await fetch(`${address}/any/path`);
      assert.match(await page.text(), /<title>Tasks<\/title>/);
      const openapi = await fetch(`${address}/api/openapi.json`);
      const { paths } = await openapi.json() as { paths: Record<string, unknown> };
      assert.deepEqual(Object.keys(paths), [
        "/api/tasks",
        "/api/tasks/{id}/done",
        "/api/tasks/{id}",
      ]);
    }, { DATABASE_URL: "sqlite::memory:" });
  },

  async gateway(form) {
    const env = { SERVICES_PORT: String(await freePort()), LIMIT: "7/min" };
    await serving(form, "gateway", async (address) => {
      const asked = (key: string, path: string, init: RequestInit = {}) =>
        fetch(address + path, { ...init, headers: { ...init.headers, "x-api-key": key } });
      assert.equal((await fetch(`${address}/catalog/products/1`)).status, 401);
      const shop = "shop-for-development";
      for (let n = 0; n < 2; n++) {
        const response = await asked(shop, "/catalog/products/1");
        assert.equal(response.headers.get("cache-control"), "private, max-age=60");
        assert.ok(response.headers.get("x-request-id"));
        // The service is asked once.
        assert.deepEqual(await response.json(), { id: "1", name: "Teapot", asked: 1 });
      }
      assert.equal((await asked(shop, "/catalog/products/9")).status, 404);
      assert.equal((await asked(shop, "/catalog/products/x")).status, 400);
      const ordered = await asked(shop, "/orders/new", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"product":1}',
      });
      assert.equal(ordered.status, 201);
      assert.deepEqual(await ordered.json(), {
        ordered: { product: 1 },
        client: "shop",
        key: null,
      });
      const statuses = [];
      for (let n = 0; n < 3; n++) statuses.push((await asked(shop, "/orders/none")).status);
      assert.deepEqual(statuses, [404, 404, 429]);
      assert.equal((await asked("app-for-development", "/orders/none")).status, 404);
    }, env);
  },

  async tools(form) {
    if (!hasSqlite(form)) return;
    const env = { DATABASE_URL: "sqlite::memory:" };
    const use = async (transport: Transport) => {
      const client = new Client({ name: "test", version: "1.0.0" });
      await client.connect(transport);
      const { tools } = await client.listTools();
      assert.deepEqual(tools.map(({ name }) => name), ["AddNote", "SearchNotes", "Summary"]);
      assert.deepEqual(Object.keys(tools[0]!.inputSchema.properties ?? {}), ["text"]);
      const call = async (name: string, args: Record<string, unknown> = {}) => {
        const { isError, content } = await client.callTool({ name, arguments: args });
        const [{ text }] = content as [{ text: string }];
        return isError === true ? text : JSON.parse(text) as unknown;
      };
      assert.match(String(await call("AddNote", { text: "" })), /text/);
      const { id } = await call("AddNote", { text: "Buy milk" }) as { id: number };
      assert.deepEqual(
        (await call("SearchNotes", { text: "milk" }) as { id: number }[]).map((note) => note.id),
        [id],
      );
      assert.deepEqual(await call("Summary"), { notes: 1, words: 2 });
      await client.close();
    };
    const [command, ...args] = form.command as [string, ...string[]];
    await use(
      new StdioClientTransport({
        command,
        args: [...args, `${root}examples/tools/stdio.yaml`],
        env: { PATH: process.env["PATH"] ?? "", ...env },
        stderr: "ignore",
      }),
    );
    await serving(form, "tools", async (address) => {
      const url = new URL(`${address}/mcp`);
      assert.equal((await fetch(url, { method: "POST" })).status, 401);
      for (const key of ["ada-for-development", "bob-for-development"]) {
        const requestInit = { headers: { "x-api-key": key } };
        await use(new StreamableHTTPClientTransport(url, { requestInit }) as Transport);
      }
    }, env);
  },

  async modules(form) {
    const folder = `${root}examples/modules`;
    const clock = await run(form, [`${folder}/schedule/example`]);
    assert.match(clock.stdout, /^run 1 of .+\nrun 2 of .+\n$/, clock.stderr);
    const job = await run(form, [`${folder}/pipeline/example`]);
    assert.deepEqual(
      [job.code, job.stdout, job.stderr],
      [0, 'got ["2","4"], r, recovered from ERR_ABORTED\n', ""],
    );
    if (hasSqlite(form)) {
      const env = { DATABASE_URL: "sqlite::memory:" };
      const users = await run(form, ["exec", `${folder}/sql/example`, "Sql.Query.ListUsers"], {
        env,
      });
      assertCode(users, 0);
      assert.deepEqual(JSON.parse(users.stdout), [{ id: 1, name: "Ada" }, { id: 2, name: "Bob" }]);
    }
  },
};

test("the tests of all examples pass", async () => {
  const ended = await run(singleFile, ["test", `${root}examples`]);
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
});

/** The examples that a reader tries first, and those whose controllers are imported. */
const IN_ALL_FORMS = ["hello-world", "hello-api", "npm-dependency", "modules"];

test("every example is run, and shown in the README", () => {
  const folders = readdirSync(`${root}examples`);
  assert.deepEqual(Object.keys(examples).sort(), folders.sort());
  const readme = readFileSync(`${root}README.md`, "utf8");
  for (const folder of folders) assert.ok(readme.includes(`(examples/${folder})`), folder);
});

test("the controllers of the examples fit the types of digly/module", () => {
  const controllers = readdirSync(`${root}examples`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/[\\/]assembly[\\/]/.test(path))
    .map((path) => `examples/${path}`);
  assert.ok(controllers.length > 0);
  const checked = spawnSync(runtime("deno"), ["check", ...controllers], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  assert.equal(checked.status, 0, checked.stderr);
});

for (const [example, shows] of Object.entries(examples)) {
  describe(example, () => {
    // What the others are made of is tested in every form elsewhere.
    const others = forms.filter((form) => form !== singleFile && hasSqlite(form));
    const shown = IN_ALL_FORMS.includes(example)
      ? forms
      : [singleFile, chooseForm(example, others)];
    for (const form of shown) test(form.name, () => shows(form));
  });
}

describe("modules/remote", { skip: install(() => existsSync(NATS_SERVER), "nats-server") }, () => {
  for (const form of ofEachRuntime) test(form.name, () => remotely(form));
});
