import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ControllerContext } from "../../../src/contract/contexts.ts";
import type { Platform } from "../../../src/contract/platform.ts";
import { resource } from "../app.ts";
import { type CommandLine, commandLine } from "./command.ts";

type Work = (input: unknown) => unknown;

function executing(work: Work, change: Partial<Platform> = {}): CommandLine {
  return commandLine({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: { execute: (_: string, input: unknown) => Promise.resolve().then(() => work(input)) },
    },
    files: { "/app/in.json": '{"from": "file"}' },
  }, change);
}

async function output(work: Work, ...input: string[]): Promise<string> {
  const { run, platform } = executing(work);
  assert.equal(await run("exec", ".", "Test.Thing.a", ...input), 0, platform.stderrText());
  assert.equal(platform.stderrText(), "");
  return platform.stdoutText();
}

const same: Work = (input) => input;

describe("the result", () => {
  test("is one line of JSON on standard output", async () => {
    assert.equal(await output(same, "--input", '{"a": [1, "x"]}'), '{"a":[1,"x"]}\n');
    assert.equal(await output(() => "text"), '"text"\n');
  });

  test("is null when there is none", async () => {
    assert.equal(await output(() => undefined), "null\n");
  });

  test("is indented on a terminal", async () => {
    let text = "";
    const stdout = { isTerminal: true, write: (part: string) => void (text += part) };
    const { run } = executing(() => ({ a: 1 }), { stdout });
    assert.equal(await run("exec", ".", "Test.Thing.a"), 0);
    assert.equal(text, '{\n  "a": 1\n}\n');
  });

  const itself: Record<string, unknown> = {};
  itself["me"] = [itself];
  for (
    const [name, result, problem] of [
      ["a circle", itself, "`result.me[0]` contains itself"],
      ["a function", () => {}, "`result` is a function"],
      ["a symbol", { "a b": Symbol("x") }, '`result["a b"]` is a symbol'],
      ["a map", { all: new Map([[1, 2]]) }, "`result.all` is a Map"],
      ["bytes inside", [new Uint8Array(1)], "`result[0]` is binary data"],
      ["a promise", { later: Promise.resolve(1) }, "`result.later` is a Promise"],
      ["a generator", { items: (function* () {})() }, "`result.items` is a Generator"],
    ] as const
  ) {
    test(`that JSON cannot hold is an error: ${name}`, async () => {
      const { run, platform } = executing(() => result);
      assert.equal(await run("exec", ".", "Test.Thing.a"), 1);
      assert.equal(platform.stdoutText(), "");
      assert.equal(
        platform.stderrText().split("\n")[0],
        "error[ERR_EXECUTION_FAILED]: Executing Test.Thing.a failed: " +
          `its result cannot be written as JSON: ${problem}`,
      );
    });
  }
});

describe("a result that is not JSON", () => {
  const printed = async (result: unknown) => {
    const { run, platform } = executing(() => result);
    const code = await run("exec", ".", "Test.Thing.a");
    return { code, stdout: platform.stdoutText(), stderr: platform.stderrText() };
  };

  test("BigInts are numbers or strings of digits, and objects with toJSON are what they say", async () => {
    const { stdout } = await printed({ n: 5n, big: 2n ** 60n, at: new Date(0) });
    assert.equal(stdout, '{"n":5,"big":"1152921504606846976","at":"1970-01-01T00:00:00.000Z"}\n');
  });

  test("bytes, streams and bodies of responses are printed as they are", async () => {
    const stream = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue("one ");
          controller.enqueue(new TextEncoder().encode("two"));
          controller.close();
        },
      });
    assert.equal((await printed(new TextEncoder().encode("raw"))).stdout, "raw");
    assert.equal((await printed(stream())).stdout, "one two");
    assert.equal((await printed(new Response("body", { status: 404 }))).stdout, "body");
    assert.equal((await printed(new Response(null, { status: 204 }))).stdout, "");
  });

  test("items are lines of JSON, and a failure comes after what was produced", async () => {
    let isStopped = false;
    async function* items(): AsyncGenerator<unknown> {
      try {
        yield { n: 1 };
        yield "two";
        await Promise.resolve();
        throw new Error("no more");
      } finally {
        isStopped = true;
      }
    }
    const { code, stdout, stderr } = await printed(items());
    assert.equal(code, 1);
    assert.equal(stdout, '{"n":1}\n"two"\n');
    assert.match(stderr, /error\[ERR_EXECUTION_FAILED\]: Executing Test.Thing.a failed: no more/);
    assert.ok(isStopped);
  });

  test("an item that JSON cannot hold is named, and the producer stopped", async () => {
    let isStopped = false;
    async function* items(): AsyncGenerator<unknown> {
      try {
        yield 1;
        yield { ok: [() => {}] };
      } finally {
        isStopped = true;
      }
    }
    const { code, stderr } = await printed(items());
    assert.equal(code, 1);
    assert.match(
      stderr,
      /its result cannot be written as JSON: `result\[1\]\.ok\[0\]` is a function/,
    );
    assert.ok(isStopped);
  });

  test("a producer is stopped when the reader of the output has gone", async () => {
    let produced = 0;
    let isStopped = false;
    async function* items(): AsyncGenerator<unknown> {
      try {
        for (;;) yield produced++;
      } finally {
        isStopped = true;
      }
    }
    const stdout = {
      isTerminal: false,
      isGone: false,
      write(_: string | Uint8Array) {
        this.isGone = produced >= 3;
      },
    };
    const { run } = executing(items, { stdout });
    assert.equal(await run("exec", ".", "Test.Thing.a"), 0);
    assert.equal(produced, 3);
    assert.ok(isStopped);
  });
});

describe("the input", () => {
  test("comes from a file", async () => {
    assert.equal(await output(same, "--input", "@in.json"), '{"from":"file"}\n');
  });

  test("comes from standard input", async () => {
    const { run, platform } = executing(same, {
      readStdin: () => Promise.resolve(new TextEncoder().encode("[1]")),
    });
    assert.equal(await run("exec", ".", "Test.Thing.a", "--input", "-"), 0);
    assert.equal(platform.stdoutText(), "[1]\n");
  });

  test("may be a negative number", async () => {
    assert.equal(await output(same, "--input", "-5"), "-5\n");
  });

  for (
    const [input, problem] of [
      ['{"a": }', 'The input from --input is not valid JSON: unexpected "}" at line 1, column 7'],
      ['{"a": 1', "The input from --input is not valid JSON: unexpected end at line 1, column 8"],
      ["{a: 1}", 'The input from --input is not valid JSON: unexpected "a" at line 1, column 2'],
      ["[1,\n 2,]", 'The input from --input is not valid JSON: unexpected "]" at line 2, column 4'],
      ["", "The input from --input is not valid JSON: it is empty"],
      ["@none.json", 'The input file "none.json" does not exist'],
      ["@test", 'The input file "test" is a folder, not a file'],
    ] as const
  ) {
    test(`that is wrong is a usage error: ${JSON.stringify(input)}`, async () => {
      const { run, platform } = executing(same);
      assert.equal(await run("exec", "missing.yaml", "Test.Thing.a", "--input", input), 2);
      assert.equal(platform.stderrText().split("\n")[0], `error[ERR_USAGE]: ${problem}`);
    });
  }
});

test("a resource that does not exist is one error with the nearest name", async () => {
  const { run, platform } = executing(same);
  assert.equal(await run("exec", ".", "Test.Thing.b"), 1);
  assert.equal(
    platform.stderrText(),
    "error[ERR_RESOURCE_NOT_FOUND]: No resource is named Test.Thing.b\n" +
      '  help: Did you mean "Test.Thing.a"?\n',
  );
});

test("it ignores holds, does not serve, and tears down", async () => {
  const story: unknown[] = [];
  const { run } = commandLine({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        register: (ctx: ControllerContext) => void story.push(ctx.serve),
        create: (_, ctx) => ({
          init: () => void ctx.acquireHold("for the test"),
          execute: () => "done",
          teardown: () => void story.push("torn down"),
        }),
      },
    },
  });
  assert.equal(await run("exec", ".", "Test.Thing.a"), 0);
  assert.deepEqual(story, [false, "torn down"]);
});

test("a failed execution is shown with the place in the controller, and ends with 1", async () => {
  const { run, platform } = executing(() => {
    throw new RangeError("execute is broken");
  });
  assert.equal(await run("exec", ".", "Test.Thing.a"), 1);
  assert.match(
    platform.stderrText(),
    /^error\[ERR_EXECUTION_FAILED\]: Executing Test\.Thing\.a failed: execute is broken\n {2}--> runtime\.yaml:5:1\n[^]*\n {2}at .*exec_test\.ts:\d+:\d+\n$/,
  );
});

test("a signal lets the execution end, whose result is still printed", async () => {
  let started = () => {};
  let finish = (_: string) => {};
  const running = new Promise<void>((resolve) => started = resolve);
  const { run, platform } = executing(() => {
    started();
    return new Promise((resolve) => finish = resolve);
  });
  const ended = run("exec", ".", "Test.Thing.a");
  await running;
  platform.raise("SIGTERM");
  finish("late");
  assert.equal(await ended, 0);
  assert.equal(platform.stdoutText(), '"late"\n');
});

describe("a URN that cannot be executed", () => {
  for (
    const [urn, code] of [
      ["Test.Thing.b", "ERR_RESOURCE_NOT_FOUND"],
      ["nonsense", "ERR_RESOURCE_NOT_FOUND"],
      ["TemplateDefinition.T", "ERR_MODULE_MISSING"],
    ] as const
  ) {
    test(`is reported before anything boots: ${urn}`, async () => {
      const created: string[] = [];
      const { run, platform } = commandLine({
        resources: resource("Thing", "a") +
          "---\nkind: TemplateDefinition\nmetadata: { name: T }\nresources: []\n",
        kinds: { Thing: { create: ({ metadata }) => (created.push(metadata.name), {}) } },
      });
      assert.equal(await run("exec", ".", urn, "--debug"), 1);
      assert.match(platform.stderrText(), new RegExp(`^error\\[${code}\\]`));
      assert.equal(platform.stdoutText(), "");
      assert.deepEqual(created, []);
      const events = new TextDecoder().decode(
        platform.files.readBytes("file:///app/.digly-debug/events.jsonl", 1e6),
      ).split("\n")
        .flatMap((line) => line === "" ? [] : [JSON.parse(line).event]);
      assert(!events.some((event) => event.startsWith("Runtime.")), events.join());
    });
  }
});
