import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { Warning } from "../../../src/contract/diagnostics.ts";
import type { DiglyError } from "../../../src/contract/errors.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import type { KernelOptions } from "../../../src/kernel/options.ts";
import { memoryPlatform, type MemoryPlatformOptions } from "../../../src/platform/memory.ts";

const HOST = "https://example.com";
const THING = "kind: App.Thing\nmetadata: { name: a }\n";
const DEFINITION = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

interface Loaded {
  readonly kernel: Kernel;
  readonly errors: DiglyError[];
  readonly warnings: Warning[];
}

/** Loads an app whose network answers as told; collects what is wrong with it. */
async function load(
  files: Readonly<Record<string, string>>,
  remote: MemoryPlatformOptions["remote"] = {},
  options: Partial<KernelOptions> = {},
  path = "/app",
): Promise<Loaded> {
  const errors: DiglyError[] = [];
  const warnings: Warning[] = [];
  const platform = memoryPlatform({
    files: { "/app/thing.yaml": DEFINITION, ...files },
    env: { TOKEN: "s3cret" },
    ...(remote === undefined ? {} : { remote }),
  });
  const kernel = new Kernel({
    platform,
    builtins: { files: {}, controllers: {} },
    diagnostics: {
      error: (error) => void errors.push(error),
      warning: (warning) => void warnings.push(warning),
    },
    ...options,
  });
  await kernel.load(path).catch((error) => errors.push(error));
  return { kernel, errors, warnings };
}

/** An app that lists one remote file of resources. */
const listing = (place: string) => ({
  "/app/runtime.yaml": `name: App\ndefinitions: [thing.yaml]\nresources: ["${place}"]\n`,
});

describe("a remote file of resources", () => {
  test("is loaded under its URL, with a warning that says how to pin it", async () => {
    const url = `${HOST}/res/a.yaml`;
    const { kernel, errors, warnings } = await load(listing(url), { [url]: THING });
    assert.deepEqual(errors, []);
    const [found] = kernel.resources().filter(({ kind }) => kind === "App.Thing");
    assert.equal(found!.metadata.uri, `${url}#App.Thing.a`);
    assert.equal(warnings[0]!.code, "WARN_NOT_PINNED");
    assert.equal(warnings[0]!.help, `Append #sha256=${hashOf(THING)} to it`);
    assert.equal(warnings[0]!.origin!.file, "/app/runtime.yaml");
  });

  test("that is pinned warns of nothing, frozen or not", async () => {
    const url = `${HOST}/a.yaml`;
    for (const frozen of [false, true]) {
      const pinned = listing(`${url}#sha256=${hashOf(THING).toUpperCase()}`);
      const { kernel, errors, warnings } = await load(pinned, { [url]: THING }, { frozen });
      assert.deepEqual([errors, warnings], [[], []]);
      assert.equal(kernel.resources().at(-1)!.metadata.uri, `${url}#App.Thing.a`);
    }
  });

  test("is fetched once, however often it is named", async () => {
    const url = `${HOST}/a.yaml`;
    const app = {
      "/app/runtime.yaml":
        `name: App\ndefinitions: [thing.yaml]\nresources: ["${url}", "${url}"]\n`,
    };
    const { errors, kernel } = await load(app, { [url]: THING });
    assert.deepEqual(errors, []);
    assert.equal(kernel.resources().length, 1);
  });

  test("may be redirected three times, but not to http:", async () => {
    const hop = (location: string) => ({ status: 302, location });
    const { errors } = await load(listing(`${HOST}/1`), {
      [`${HOST}/1`]: hop("/2"),
      [`${HOST}/2`]: hop(`${HOST}/3`),
      [`${HOST}/3`]: hop("https://other.example/4"),
      "https://other.example/4": THING,
    });
    assert.deepEqual(errors, []);
    const circle = await load(listing(`${HOST}/1`), { [`${HOST}/1`]: hop("/1") });
    assert.equal(circle.errors[0]!.code, "ERR_LIMIT_EXCEEDED");
    const open = await load(listing(`${HOST}/1`), { [`${HOST}/1`]: hop("http://localhost/x") });
    assert.equal(open.errors[0]!.code, "ERR_INTEGRITY");
    assert.match(open.errors[0]!.message, /redirected to http:\/\/localhost\/x/);
  });

  test("is not redirected to another http: server, to a password, or to what is not a URL", async () => {
    const start = "http://127.0.0.1:8000/a.yaml";
    const redirected = async (location: string) => {
      const { errors } = await load(listing(start), {
        [start]: { status: 302, location },
        "http://127.0.0.1:8000/b.yaml": THING,
        "http://127.0.0.1:9000/b.yaml": THING,
        "https://example.com/b.yaml": THING,
      });
      return errors.map(({ code, message }) => `${code} ${message}`).join("\n");
    };
    assert.equal(await redirected("/b.yaml"), "");
    assert.equal(await redirected("https://example.com/b.yaml#sha256=ignored"), "");
    assert.match(
      await redirected("http://127.0.0.1:9000/b.yaml"),
      /^ERR_INTEGRITY .*not encrypted/,
    );
    assert.match(await redirected("file:///etc/passwd"), /^ERR_INTEGRITY .*file:/);
    const secret = await redirected("https://ada:s3cret@example.com/b.yaml");
    assert.match(secret, /^ERR_INTEGRITY .*contains a user name or a password/);
    assert.doesNotMatch(secret, /s3cret/);
    assert.match(await redirected("http://["), /^ERR_MANIFEST_NOT_FOUND .*not an address/);
  });
});

describe("refused is", () => {
  const cases: Readonly<
    Record<
      string,
      readonly [
        place: string,
        answer: MemoryPlatformOptions["remote"],
        code: string,
        says: RegExp,
        options?: Partial<KernelOptions>,
      ]
    >
  > = {
    "another text than the hash says": [
      `${HOST}/a.yaml#sha256=${hashOf("other")}`,
      { [`${HOST}/a.yaml`]: THING },
      "ERR_INTEGRITY",
      new RegExp(`expected ${hashOf("other")}\n {2}received ${hashOf(THING)}`),
    ],
    "a hash that is none": [
      `${HOST}/a.yaml#sha256=abc`,
      { [`${HOST}/a.yaml`]: THING },
      "ERR_INTEGRITY",
      /"#sha256=abc" is not a valid hash/,
    ],
    "no hash where it is frozen": [
      `${HOST}/a.yaml`,
      { [`${HOST}/a.yaml`]: THING },
      "ERR_INTEGRITY",
      /is not pinned/,
      { frozen: true },
    ],
    "http: to another machine": [
      "http://example.com/a.yaml",
      { "http://example.com/a.yaml": THING },
      "ERR_INTEGRITY",
      /is not encrypted/,
    ],
    "what does not exist": [
      `${HOST}/a.yaml`,
      {},
      "ERR_MANIFEST_NOT_FOUND",
      /does not exist \(404\)/,
    ],
    "a server that fails": [
      `${HOST}/a.yaml`,
      { [`${HOST}/a.yaml`]: { status: 503 } },
      "ERR_MANIFEST_NOT_FOUND",
      /status 503/,
    ],
    "a web page": [
      `${HOST}/a.yaml`,
      { [`${HOST}/a.yaml`]: { text: "<html>", contentType: "text/html; charset=utf-8" } },
      "ERR_MANIFEST_INVALID",
      /web page/,
    ],
    "more than the limit": [
      `${HOST}/a.yaml`,
      { [`${HOST}/a.yaml`]: THING },
      "ERR_LIMIT_EXCEEDED",
      /larger than 10 bytes/,
      { limits: { remoteBytes: 10 } },
    ],
  };
  for (const [what, [place, answer, code, says, options]] of Object.entries(cases)) {
    test(what, async () => {
      const { errors } = await load(listing(place), answer, options);
      assert.deepEqual(errors.map((error) => error.code), [code]);
      assert.match(errors[0]!.message, says);
      assert.equal(errors[0]!.origin?.file, "/app/runtime.yaml");
      assert.ok(errors[0]!.help);
    });
  }

  test("nothing of http: with --allow-http, or from this machine", async () => {
    for (const url of ["http://example.com/a.yaml", "http://127.0.0.1:8080/a.yaml"]) {
      const allowHttp = url.includes("example");
      const { errors } = await load(listing(url), { [url]: THING }, { allowHttp });
      assert.deepEqual(errors, []);
    }
  });
});

describe("what a remote manifest cannot do", () => {
  const cases: Readonly<Record<string, readonly [text: string, code: string, says: RegExp]>> = {
    "read the environment when it is loaded": [
      `${THING}token: \${env.TOKEN}\n`,
      "ERR_COMPILATION_FAILED",
      /"env"/,
    ],
    "read it later": [
      `${THING}token: \${{ env.TOKEN }}\n`,
      "ERR_REFERENCE_UNRESOLVED",
      /TOKEN/,
    ],
    "include a file": [
      `${THING}more: { $include: ./more.yaml }\n`,
      "ERR_COMPILATION_FAILED",
      /includ/,
    ],
  };
  for (const [what, [text, code, says]] of Object.entries(cases)) {
    test(what, async () => {
      const url = `${HOST}/a.yaml`;
      const { errors } = await load(listing(url), { [url]: text });
      assert.deepEqual(errors.map((error) => error.code), [code]);
      assert.match(errors[0]!.message, says);
      assert.equal(errors[0]!.origin!.file, url);
      assert.doesNotMatch(JSON.stringify(errors), /s3cret/);
    });
  }

  const modules: Readonly<Record<string, readonly [manifest: string, says: RegExp]>> = {
    "import from this machine over http:": [
      "name: Far\nimports: ['http://127.0.0.1:9000/module.yaml']\n",
      /names http:\/\/127\.0\.0\.1:9000\/module\.yaml, which is not encrypted/,
    ],
    "list a resource or a definition over http:": [
      "name: Far\nresources: ['http://localhost/a.yaml']\n",
      /names http:\/\/localhost\/a\.yaml, which is not encrypted/,
    ],
    "change limits": ["name: Far\nlimits: { nodes: 2000000 }\n", /cannot set limits/],
    "name a file": ["name: Far\nresources: [file:///app/more.yaml]\n", /place on this machine/],
    "import a folder": ["name: Far\nimports: [file:///app]\n", /place on this machine/],
    "bring entrypoints": [
      "name: Far\nentrypoints: [{ runtime: node, entrypoint: ./x.js }]\n",
      /cannot have controllers/,
    ],
    "bring a definition's controllers": [
      `name: Far\n---\n${DEFINITION}controllers: [{ runtime: node, entrypoint: ./x.js }]\n`,
      /cannot have controllers/,
    ],
  };
  for (const [what, [manifest, says]] of Object.entries(modules)) {
    test(what, async () => {
      const url = `${HOST}/far/module.yaml`;
      const app = { "/app/runtime.yaml": `name: App\nimports: ["${url}"]\n` };
      const { errors } = await load(app, { [url]: manifest });
      assert.equal(errors.length, 1, errors.join("\n"));
      assert.match(errors[0]!.message, says);
      assert.equal(errors[0]!.origin!.file, url);
    });
  }
});

describe("a module that a manifest of this machine names over http:", () => {
  const near = "http://127.0.0.1:8000";
  const app = { "/app/runtime.yaml": `name: App\nimports: ["${near}/far/module.yaml"]\n` };
  const answers = {
    [`${near}/far/thing.yaml`]: DEFINITION,
    [`${near}/other.yaml`]: THING,
    "http://127.0.0.1:9000/other.yaml": THING,
  };
  const errorsOf = async (manifest: string, options: Partial<KernelOptions> = {}) => {
    const remote = { ...answers, [`${near}/far/module.yaml`]: `name: Far\n${manifest}` };
    const { errors } = await load(app, remote, options);
    return errors.map(({ code, message }) => `${code} ${message}`);
  };

  test("may name what is next to it", async () => {
    assert.deepEqual(await errorsOf("definitions: [thing.yaml]\n"), []);
  });

  for (const place of [`${near}/other.yaml`, "//127.0.0.1:9000/other.yaml"]) {
    test(`may not name ${place}, with --allow-http neither`, async () => {
      for (const allowHttp of [false, true]) {
        const [first, ...others] = await errorsOf(`resources: ["${place}"]\n`, { allowHttp });
        assert.match(first!, /^ERR_INTEGRITY A remote manifest names .*which is not encrypted$/);
        assert.deepEqual(others, []);
      }
    });
  }

  test("may not be asked for by a remote manifest because it was fetched before", async () => {
    const far = `${HOST}/far.yaml`;
    const { errors } = await load({
      "/app/runtime.yaml": `name: App\nimports: ["${near}/far/module.yaml", "${far}"]\n`,
    }, {
      [`${near}/far/module.yaml`]: "name: Far\n",
      [far]: `name: Other\nresources: ["${near}/far/module.yaml"]\n`,
    });
    assert.deepEqual(errors.map(({ code }) => code), ["ERR_INTEGRITY"]);
  });
});

test("a user name or a password in an address is refused, and not shown", async () => {
  const { errors, warnings } = await load(listing("https://ada:s3cret@example.com/a.yaml"));
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_INTEGRITY"]);
  assert.match(errors[0]!.message, /example\.com contains a user name or a password/);
  assert.doesNotMatch(errors[0]!.message + JSON.stringify(warnings), /s3cret/);
});

test("modules that import each other without an end stop at the limit", async () => {
  const remote = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `${HOST}/${index}/module.yaml`,
      `name: M${index}\nimports: [../${index + 1}/module.yaml]\n`,
    ]),
  );
  const app = { "/app/runtime.yaml": `name: App\nimports: ["${HOST}/0/module.yaml"]\n` };
  const { errors } = await load(app, remote, { limits: { remoteFiles: 5 } });
  assert.deepEqual(errors.map(({ message }) => message), [
    "The app reads more than 5 files from the network",
  ]);
});

test("a remote app is started by its URL, and names what is next to it", async () => {
  const remote = {
    [`${HOST}/app/runtime.yaml`]:
      "name: Far\nimports: [./lib/module.yaml]\ndefinitions: [thing.yaml]\nresources: [more.yaml]\n",
    [`${HOST}/app/lib/module.yaml`]: "name: Lib\n---\nkind: Far.Thing\nmetadata: { name: lib }\n",
    [`${HOST}/app/thing.yaml`]: DEFINITION,
    [`${HOST}/app/more.yaml`]: "kind: Far.Thing\nmetadata: { name: more }\n",
  };
  const { kernel, errors } = await load({}, remote, {}, `${HOST}/app/runtime.yaml`);
  assert.deepEqual(errors, []);
  assert.deepEqual(kernel.resources().map(({ metadata: { uri } }) => uri), [
    `${HOST}/app/lib/module.yaml#Far.Thing.lib`,
    `${HOST}/app/more.yaml#Far.Thing.more`,
  ]);
  await kernel.start();
  assert.equal((await kernel.stop()).exitCode, 0);
});
