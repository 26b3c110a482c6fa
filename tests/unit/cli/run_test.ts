import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ModuleCreateContext } from "../../../src/contract/contexts.ts";
import type { Controller } from "../../../src/contract/module.ts";
import { MemoryExit } from "../../../src/platform/memory.ts";
import { resource } from "../app.ts";
import { type CommandLine, commandLine } from "./command.ts";

/** An app with one resource. */
function one(create: NonNullable<Controller["create"]>): CommandLine {
  return commandLine({ resources: resource("Thing", "a"), kinds: { Thing: { create } } });
}

/** An app that holds the process and says so. */
function holding(more: object = {}): CommandLine {
  return one((_, ctx) => ({
    init() {
      ctx.acquireHold("for the test");
      ctx.log.info("Holding");
    },
    ...more,
  }));
}

const never = () => new Promise<never>(() => {});

describe("an app ends", () => {
  test("right after it has started, when nothing holds it", async () => {
    const { run, platform } = one(() => ({}));
    assert.equal(await run("."), 0);
    assert.equal(platform.stderrText(), "");
    assert.equal(platform.stdoutText(), "");
  });

  test("when the last hold goes", async () => {
    let release = () => {};
    let tornDown = false;
    const { run, said } = one((_, ctx) => ({
      init() {
        release = ctx.acquireHold("for the test");
        ctx.log.info("Holding");
      },
      teardown() {
        tornDown = true;
      },
    }));
    const ended = run(".");
    await said("Holding");
    release();
    assert.equal(await ended, 0);
    assert.ok(tornDown);
  });

  test("with the code a controller asks for", async () => {
    const { run, platform } = one((_, ctx) => ({
      init() {
        ctx.acquireHold("for the test");
        ctx.requestExit(7);
      },
    }));
    assert.equal(await run("."), 7);
    assert.match(platform.stderrText(), /Test.Thing.a never released its hold/);
  });
});

test("the runtime compiles as usual once the app has started, not before", async () => {
  const steps: string[] = [];
  const { run } = commandLine({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create: () => ({
          init: () => void steps.push("init"),
          teardown: () => void steps.push("teardown"),
        }),
      },
    },
  }, { endStartup: () => void steps.push("end of the startup") });
  assert.equal(await run("."), 0);
  assert.deepEqual(steps, ["init", "end of the startup", "teardown"]);
});

describe("a signal", () => {
  test("stops the app gracefully and ends with 0", async () => {
    let tornDown = false;
    const { run, platform, said } = holding({ teardown: () => void (tornDown = true) });
    const ended = run(".", "--log-format=text");
    await said("Holding");
    assert.ok(platform.raise("SIGTERM"));
    assert.equal(await ended, 0);
    assert.ok(tornDown);
    assert.match(platform.stderrText(), /^info {3}kernel {2}SIGTERM: stopping$/m);
    assert.equal(platform.raise("SIGTERM"), false, "nobody listens any more");
    assert.equal(platform.raiseUnhandled(new Error()), false, "nobody listens any more");
  });

  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    test(`a second ${signal} exits at once with ${code}`, async () => {
      let finish = () => {};
      let begin = () => {};
      const begun = new Promise<void>((resolve) => begin = resolve);
      const { run, platform, said } = holding({
        teardown() {
          begin();
          return new Promise<void>((resolve) => finish = resolve);
        },
      });
      const ended = run(".");
      await said("Holding");
      platform.raise(signal);
      await begun;
      assert.equal(platform.exitCode(), undefined);
      assert.throws(() => platform.raise(signal), MemoryExit);
      assert.equal(platform.exitCode(), code);
      finish();
      assert.equal(await ended, 0);
    });

    test(`${signal} during the boot calls it off and ends with ${code}`, async () => {
      const { run, platform, said } = one((_, ctx) => {
        ctx.log.info("Creating");
        return never();
      });
      const ended = run(".", "--log-format=text");
      await said("Creating");
      platform.raise(signal);
      assert.equal(await ended, code);
      const [, ...lines] = platform.stderrText().trimEnd().split("\n");
      assert.deepEqual(lines, [`info   kernel  ${signal}: the boot was aborted`]);
    });
  }
});

test("a stop that takes too long is one error that names what it waited for", async () => {
  const { run, platform, said } = holding({ teardown: never });
  const ended = run("--shutdown-timeout", "20ms", ".");
  await said("Holding");
  platform.raise("SIGINT");
  assert.equal(await ended, 1);
  assert.match(
    platform.stderrText(),
    /error\[ERR_SHUTDOWN_TIMEOUT\]: .* still waiting for Test\.Thing\.a\n/,
  );
});

test("a teardown that takes its time is named while it is waited for", async () => {
  let finish = () => {};
  const { run, platform, said } = holding({
    teardown: () => new Promise<void>((resolve) => finish = resolve),
  });
  const ended = run(".");
  await said("Holding");
  platform.raise("SIGINT");
  await said("Waiting for Test.Thing.a");
  finish();
  assert.equal(await ended, 0);
});

test("every failed teardown is shown and ends with 1", async () => {
  const { run, platform } = commandLine({
    resources: resource("Thing", "a") + "---\n" + resource("Thing", "b"),
    kinds: {
      Thing: {
        create: ({ metadata }) => ({
          teardown() {
            throw new Error(`No end of ${metadata.name}`);
          },
        }),
      },
    },
  });
  assert.equal(await run("."), 1);
  const heads = platform.stderrText().split("\n").filter((line) => line.startsWith("error["));
  assert.deepEqual(heads, [
    "error[ERR_TEARDOWN_FAILED]: Tearing down Test.Thing.b failed: No end of b",
    "error[ERR_TEARDOWN_FAILED]: Tearing down Test.Thing.a failed: No end of a",
  ]);
});

describe("an unhandled error", () => {
  test("is shown, stops the app and ends with 1", async () => {
    let tornDown = false;
    const { run, platform, said } = holding({ teardown: () => void (tornDown = true) });
    const ended = run(".");
    await said("Holding");
    platform.raiseUnhandled(new Error("Nobody cares"));
    assert.equal(await ended, 1);
    assert.ok(tornDown);
    const text = platform.stderrText();
    assert.match(text, /^error\[ERR_EXECUTION_FAILED\]: An error was not handled: Nobody cares$/m);
    assert.match(text, /^ {2}at .*run_test\.ts:\d+:\d+$/m);
  });

  test("calls a boot off", async () => {
    const { run, platform, said } = one((_, ctx) => {
      ctx.log.info("Creating");
      return never();
    });
    const ended = run(".");
    await said("Creating");
    platform.raiseUnhandled("just a string");
    assert.equal(await ended, 1);
    assert.equal(platform.stderrText().match(/error\[/g)?.length, 1, platform.stderrText());
    assert.match(platform.stderrText(), /not handled: just a string/);
  });
});

test("a failed boot is one error without a stack, with the place in the controller", async () => {
  const { run, platform } = one(() => {
    throw new TypeError("create is broken");
  });
  assert.equal(await run("."), 1);
  const text = platform.stderrText();
  assert.match(
    text,
    /^error\[ERR_CREATE_FAILED\]: Creating Test\.Thing\.a failed: create is broken\n {2}--> runtime\.yaml:5:1\n/,
  );
  assert.match(text, /^ {2}at .*run_test\.ts:\d+:\d+$/m);
  assert.doesNotMatch(text, /^\s+at .*\(/m);
});

test("--verbose adds the stacks and the causes, and debug lines", async () => {
  const create = (_: unknown, ctx: ModuleCreateContext) => {
    ctx.log.debug("Nearly there");
    throw new TypeError("create is broken", { cause: new Error("the root of it") });
  };
  const { run, platform } = one(create);
  assert.equal(await run(".", "--verbose", "--log-format=text"), 1);
  const text = platform.stderrText();
  assert.match(text, /^debug {2}.*Nearly there$/m);
  assert.match(text, /stack: DiglyError: [^]*caused by: TypeError: create is broken\n/);
  assert.match(text, /caused by: Error: the root of it\n/);
});

test("a warning is shown with its place and help, and stops nothing", async () => {
  const { run, platform } = commandLine({
    manifest: "importEntrypoints: { ./nothing: [{ runtime: node, entrypoint: ./x.js }] }",
    resources: resource("Thing", "a"),
    kinds: { Thing: { create: () => ({}) } },
  });
  assert.equal(await run("."), 0, platform.stderrText());
  assert.match(
    platform.stderrText(),
    /^warning\[WARN_UNUSED_ENTRYPOINTS\]: .*\n {2}--> runtime\.yaml:\d+:\d+\n[^]*\n {2}help: /,
  );
});

test("what leaves the event loop in time is not named", async () => {
  let looks = 0;
  const { run, platform } = commandLine(
    { resources: resource("Thing", "a"), kinds: { Thing: { create: () => ({}) } } },
    { keepsAlive: () => looks++ < 2 ? ["a TCP server"] : [] },
  );
  assert.equal(await run("."), 0);
  assert.equal(platform.stderrText(), "");
});

test("what is left open is named when the app has stopped", async () => {
  const { run, platform } = commandLine(
    { resources: resource("Thing", "a"), kinds: { Thing: { create: () => ({}) } } },
    { keepsAlive: () => ["a timer", "a worker thread"] },
  );
  assert.equal(await run(".", "--log-format=text"), 0);
  assert.match(platform.stderrText(), /^warn .*still open: a timer, a worker thread\n$/);
});
