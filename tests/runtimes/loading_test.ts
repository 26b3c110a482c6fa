/**
 * Which packages an app makes the program load: no more than it uses, since loading is most of
 * a start.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, root, runtime, start, tempApp } from "./forms.ts";

/** Prints every package and every part of Digly as it is loaded. */
const SPY = `data:text/javascript,${
  encodeURIComponent(`import { registerHooks } from "node:module";
const seen = new Set();
registerHooks({ load(url, context, next) {
  const name = /node_modules\\/((?:@[^/]+\\/|ajv\\/dist\\/(?=runtime))?[^/]+)/.exec(url)?.[1] ??
    /\\/src\\/((?:modules\\/)?[^/]+)/.exec(url)?.[0];
  if (name !== undefined && !seen.has(name)) process.stderr.write("loads " + name + "\\n");
  seen.add(name);
  return next(url, context);
} });`)
}`;

const spied = {
  name: "node cli.ts",
  command: [runtime("node"), "--import", SPY, `${root}cli.ts`],
};

/** With the helpers of the validators that were generated ahead. */
const SERVING = ["ajv/dist/runtime", "srvx"];

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "hello-world": [],
  "hello-api": SERVING,
  "orders-api": [
    ...SERVING,
    "ajv",
    "ajv-formats",
    "fast-deep-equal",
    "fast-uri",
    "json-schema-traverse",
    "re2js",
  ],
};

function packagesIn(stderr: string): string[] {
  return Array.from(stderr.matchAll(/^loads ([^/].*)$/gm), ([, name]) => name!).sort();
}

/** A string in each part of the expression engine, and in the library of patterns. */
const MARKS: Readonly<Record<string, string>> = {
  "src/cel/parse.ts": "is not a message type",
  "src/cel/compile.ts": "Unknown variable",
  "src/cel/generate/generate.ts": "R.bail()",
  "src/cel/check/check.ts": "This is never evaluated",
  "node_modules/re2js/build/index.js": "missing argument to repetition operator",
};

/** The chunks of the package that an app makes it load. */
async function chunksOf(manifest: string): Promise<string[]> {
  const spy = `data:text/javascript,${
    encodeURIComponent(`import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) {
  if (url.includes("/dist/")) process.stderr.write("loads " + url + "\\n");
  return next(url, context);
} });`)
  }`;
  const command = [runtime("node"), "--import", spy, `${root}dist/program.mjs`];
  const { code, stderr } = await start({ name: "program.mjs", command }, [manifest]).exited;
  assert.equal(code, 0, stderr);
  return Array.from(stderr.matchAll(/^loads (.*)$/gm), ([, url]) => fileURLToPath(url!));
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}

/**
 * The functions in `digly.mjs` that an app makes it call, if their name has this pattern. A source file
 * is a function of its name.
 */
async function evaluatedBy(manifest: string, pattern = /\//): Promise<string[]> {
  const folder = tempApp();
  const form = { name: "digly.mjs", command: [runtime("node"), `${root}dist/digly.mjs`] };
  const env = { NODE_V8_COVERAGE: folder };
  const { code, stderr } = await start(form, [manifest], { env }).exited;
  assert.equal(code, 0, stderr);
  const [report] = readdirSync(folder);
  const { result } = JSON.parse(readFileSync(`${folder}/${report}`, "utf8")) as Coverage;
  return result.filter(({ url }) => url.endsWith("/digly.mjs")).flatMap(({ functions }) =>
    functions.flatMap(({ functionName, ranges }) =>
      pattern.test(functionName) && ranges[0]!.count > 0 ? [functionName] : []
    )
  );
}

/** An app that prints the value of an expression. */
const COUNTING = `name: App
imports: [digly:console]
---
kind: Console.WriteLine
metadata: { name: Hi }
output: \${1 + 1}
`;

describe("the program loads what is used", () => {
  for (const [example, packages] of Object.entries(EXAMPLES)) {
    test(example, async () => {
      const program = start(spied, [`${root}examples/${example}/runtime.yaml`], {
        env: { PORT: String(await freePort()) },
        cwd: tempApp(),
      });
      if (packages.includes("srvx")) {
        const [address] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
        await (await fetch(address)).text();
        program.kill("SIGTERM");
      }
      const { code, stderr } = await program.exited;
      assert.equal(code, 0, stderr);
      assert.deepEqual(packagesIn(stderr), [...packages].sort());
      assert.equal(/loads \/src\/cel/.test(stderr), example !== "hello-world");
      assert.doesNotMatch(stderr, /loads \/src\/(?:inspector|wasm)/);
      if (!packages.includes("srvx")) assert.doesNotMatch(stderr, /loads \/src\/modules\/http/);
    });
  }

  // The executable is made of the chunks of the package.
  test("the package loads no part of the expression engine for hello-world", async () => {
    const textOf = (chunks: readonly string[]) =>
      chunks.map((chunk) => readFileSync(chunk, "utf8")).join("");
    for (const [file, mark] of Object.entries(MARKS)) {
      assert.ok(readFileSync(root + file, "utf8").includes(mark), `${file} has another one`);
    }
    const hello = textOf(await chunksOf(`${root}examples/hello-world/runtime.yaml`));
    assert.deepEqual(Object.entries(MARKS).filter(([, mark]) => hello.includes(mark)), []);
    const counting = textOf(await chunksOf(tempApp({ "runtime.yaml": COUNTING })));
    assert.ok(counting.includes(MARKS["src/cel/parse.ts"]!));
  });

  test("the package loads hello-world in a few chunks", async () => {
    const chunks = await chunksOf(`${root}examples/hello-world/runtime.yaml`);
    assert.ok(chunks.length <= 12, `${chunks.length} chunks:\n${chunks.join("\n")}`);
  });

  test("the package creates no standard streams to print a version", async () => {
    const spy = `data:text/javascript,${
      encodeURIComponent(`process.on("exit", () => {
  const loaded = process.moduleLoadList.filter((name) => /node:stream$/.test(name));
  process._rawDebug("streams: " + loaded.join());
});`)
    }`;
    const command = [runtime("node"), "--import", spy, `${root}dist/program.mjs`];
    const { code, stderr } = await start({ name: "program.mjs", command }, ["--version"]).exited;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^streams: $/m);
  });

  test("digly.mjs evaluates no library for YAML and versions unless an app needs it", async () => {
    const used = async (resource: string) => {
      const manifest = tempApp({ "runtime.yaml": COUNTING.replace("output: ${1 + 1}", resource) });
      return (await evaluatedBy(manifest, /^(?:readDocument|require_range)$/)).sort();
    };
    assert.deepEqual(await used("output: Hi"), []);
    // The reader of simple documents leaves anchors to the parser.
    assert.deepEqual(await used("output: &hi Hi"), ["readDocument"]);
  });

  test("digly.mjs evaluates no part of the expression engine for hello-world", async () => {
    const isEngine = (name: string) => name.startsWith("src/cel/") || name.includes("re2js");
    const hello = await evaluatedBy(`${root}examples/hello-world/runtime.yaml`);
    assert.ok(hello.includes("src/kernel/kernel.ts"), "the probe sees what is evaluated");
    assert.deepEqual(hello.filter(isEngine), []);
    const counting = await evaluatedBy(tempApp({ "runtime.yaml": COUNTING }));
    assert.ok(counting.includes("src/cel/parse.ts"));
  });

  test("--version loads none of the kernel", async () => {
    const { stderr, stdout } = await start(spied, ["--version"]).exited;
    assert.match(stdout, /^\d+\.\d+\.\d+/);
    // Of the modules only the name of the variable that makes it run a script for its parent.
    assert.doesNotMatch(
      stderr,
      /loads (js-yaml|commander|\/src\/(kernel|modules\/(?!javascript$)))/m,
    );
  });
});
