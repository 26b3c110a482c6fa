/** What wrong arguments of the public API come to: one error of ours each, never a TypeError. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { describe, test } from "node:test";
import process from "node:process";
import { compile, isDiglyError, Kernel } from "../../mod.ts";
import { fail, violationsError } from "../../src/contract/author.ts";
import { bootApp } from "../../testing.ts";

const folder = mkdtempSync(`${tmpdir()}/digly-arguments-`);
const manifest = `${folder}/runtime.yaml`;
writeFileSync(manifest, "name: App\n");

/** Values of every type, and what is nearly right. */
const VALUES: readonly unknown[] = [
  undefined,
  null,
  0,
  NaN,
  "",
  "a\0b",
  "http://[",
  true,
  10n,
  [],
  {},
  () => {},
  Symbol("s"),
  new Date(0),
  new Map(),
  /x/,
];

// Calls are as a program in JavaScript makes them.
type Call = (value: never) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  "new Kernel()": (value) => new Kernel(value),
  "new Kernel({ platform })": (platform) => new Kernel({ platform }),
  "new Kernel({ log })": (log) => new Kernel({ log }),
  "new Kernel({ bootTimeoutMs })": (bootTimeoutMs) => new Kernel({ bootTimeoutMs }),
  "load": (path) => new Kernel().load(path),
  "loadFromConfig": (path) => new Kernel().loadFromConfig(path),
  "register": (module) => new Kernel().register(module),
  "register, definitions": (definitions) => new Kernel().register({ name: "M", definitions }),
  "register, a definition": (one) => new Kernel().register({ name: "M", definitions: [one] }),
  "register, controllers": (controllers) => new Kernel().register({ name: "M", controllers }),
  "register, a controller": (one) =>
    new Kernel().register({ name: "M", controllers: { "M.Thing": one } }),
  "register, a function": (create) =>
    new Kernel().register({ name: "M", controllers: { "M.Thing": { create } } }),
  "register, names": (names) =>
    new Kernel().register({
      name: "M",
      definitions: [{ kind: "M.Thing", events: names, scope: names }],
    }),
  "start": () => new Kernel().start(),
  "abort": (reason) => new Kernel().abort(reason),
  "stop": (options) => new Kernel().stop(options),
  "stop({ timeoutMs })": (timeoutMs) => new Kernel().stop({ timeoutMs }),
  "stop({ onWaiting })": (onWaiting) => new Kernel().stop({ onWaiting }),
  "on": (event) => new Kernel().on(event, () => {}),
  "on, a listener": (listener) => new Kernel().on("App.Event", listener),
  "once": (event) => new Kernel().once(event, () => {}),
  "off": (event) => new Kernel().off(event, () => {}),
  "execute": (urn) => new Kernel().execute(urn),
  "execute, its options": (options) => new Kernel().execute("A.b", 1, options),
  "enableEventStream, its options": (options) =>
    new Kernel().enableEventStream(`${folder}/events.jsonl`, options),
  "getEventsByType": async (type) => {
    const kernel = new Kernel();
    await kernel.enableEventStream(`${folder}/events.jsonl`);
    return await kernel.getEventStream().getEventsByType(type);
  },
  "takeSnapshot, its options": (options) => new Kernel().takeSnapshot(undefined, options),
  "compile": (value) => compile({ deep: [value] }),
  "compile, its options": (options) => compile({}, options),
  "compile({ context })": (context) => compile("${1}", { context }),
  "compile({ base })": (base) => compile({ $include: "x.yaml" }, { base, read: () => "a: 1" }),
  "compile({ read })": (read) =>
    compile({ $include: "x.yaml" }, { base: "file:///a/b.yaml", read }),
  "compile, what read gives": (text) =>
    compile({ $include: "x.yaml" }, { base: "file:///a/b.yaml", read: () => text }),
  "bootApp": (options) => bootApp(options),
  "bootApp({ path })": (path) => bootApp({ path }),
  "bootApp({ manifest })": (text) => bootApp({ manifest: text }).then((app) => app.stop()),
  "bootApp({ files })": (files) => bootApp({ path: manifest, files }).then((app) => app.stop()),
  "bootApp({ files }), a string": (text) =>
    bootApp({ path: manifest, files: { a: text } }).then((app) => app.stop()),
  "bootApp({ modules })": (modules) =>
    bootApp({ path: manifest, modules }).then((app) => app.stop()),
  "fail, its details": (details) => {
    throw fail("ERR_USAGE", details);
  },
  "fail, its context": (context) => {
    throw fail("ERR_USAGE", { problem: "no" }, context);
  },
  "violationsError": (violations) => violationsError("x", violations),
};

for (const [what, call] of Object.entries(CALLS)) {
  test(`a wrong argument of ${what} is an error of ours`, async () => {
    for (const value of VALUES) {
      try {
        await call(value as never);
      } catch (error) {
        assert(isDiglyError(error), `${typeof value} ${String(value)}: ${String(error)}`);
      }
    }
  });
}

describe("the error says what is wrong", () => {
  const SAYS: readonly (readonly [call: () => unknown, message: RegExp, help?: RegExp])[] = [
    [() => new Kernel().load(undefined as never), /^`path` must be a path or a URL, and it is un/],
    [() => new Kernel().load(""), /`path` must be a path or a URL, and it is an empty string/],
    [() => new Kernel().load("file:///nowhere/runtime.yaml"), /\/nowhere\/runtime\.yaml/],
    [() => new Kernel().enableEventStream(undefined as never), /^`path` must be/],
    [() => new Kernel({ limts: {} } as never), /no option "limts"/, /Did you mean "limits"\?/],
    [() => new Kernel({ serve: "no" } as never), /`options\.serve` must be a boolean/],
    [() => compile({}, { contxt: {} } as never), /no option "contxt"/, /"context"/],
    [() => compile({}, { base: "config.yaml" }), /is not a URL: "config\.yaml"/, /file:\/\/\//],
    [
      () => new Kernel().register({ name: "M", controller: {} } as never),
      /The module "M" has "controller"/,
      /Did you mean "controllers"\?/,
    ],
    [
      () => new Kernel().register({ name: "M", definitions: [{ kind: "M.T", scop: [] }] } as never),
      /has "scop"/,
      /Did you mean "scope"\?/,
    ],
    [() => bootApp({}), /There is no app to boot/, /`manifest`/],
  ];
  for (const [call, message, help] of SAYS) {
    test(String(message), async () => {
      const error = await Promise.resolve().then(call).catch((thrown) => thrown);
      assert(isDiglyError(error));
      assert.match(error.message, message);
      if (help !== undefined) assert.match(error.help ?? "", help);
    });
  }
});

describe("the context of compile holds data only", () => {
  class Point {
    x = 1;
  }
  const circle: Record<string, unknown> = {};
  circle["self"] = { circle };
  const deep: Record<string, unknown> = {};
  for (let at = deep, i = 0; i < 100_000; i++) at = at["in"] = {};
  const refused: readonly (readonly [context: Record<string, unknown>, says: string])[] = [
    [{ run: () => 1 }, "`context.run` is not data: it is a function"],
    [{ a: { b: [1, Symbol("x")] } }, "`context.a.b[1]` is not data: it is a symbol"],
    [{ p: new Point() }, "`context.p` is not data: it is an instance of Point"],
    [{ "not an id": new Set() }, '`context["not an id"]` is not data: it is an instance of Set'],
    [{ m: new Map([["k", /x/]]) }, "`context.m.k` is not data: it is an instance of RegExp"],
    [{ later: Promise.resolve() }, "`context.later` is not data: it is an instance of Promise"],
  ];
  for (const [context, message] of refused) {
    test(message, () => {
      assert.throws(() => compile({ a: "${1}" }, { context }), { code: "ERR_USAGE", message });
    });
  }

  test("of any kind that expressions know", () => {
    const context = {
      env: process.env,
      bare: Object.assign(Object.create(null), { x: 1 }),
      at: new Date(0),
      bytes: new Uint8Array(2),
      map: new Map([["k", 1]]),
      nothing: undefined,
      big: 10n,
      circle,
      deep,
    };
    assert.deepEqual(
      compile("${[bare.x, string(at), size(bytes), map.k, big]}", { context }),
      [1, "1970-01-01T00:00:00Z", 2, 1, 10],
    );
  });
});

test("an app is loaded from a file: URL, as text or as a URL", async () => {
  const url = pathToFileURL(manifest);
  for (const path of [url, url.href, pathToFileURL(folder), manifest]) {
    const kernel = new Kernel();
    await kernel.load(path);
    await kernel.start();
    await kernel.stop();
  }
  await using app = await bootApp({ path: url });
  assert.deepEqual(app.story().slice(-2), ["Runtime.Starting", "Runtime.Started"]);
});
