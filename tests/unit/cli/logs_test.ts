import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModuleCreateContext } from "../../../src/contract/contexts.ts";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

function logging(log: (ctx: ModuleCreateContext) => void) {
  return commandLine({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create: (_: unknown, ctx: ModuleCreateContext) => {
          log(ctx);
          return {};
        },
      },
    },
  });
}

const lines = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

test("without a terminal every log line is JSON", async () => {
  const { run, platform } = logging((ctx) => ctx.log.warn("Careful", { left: 2 }));
  assert.equal(await run("."), 0);
  const [line, ...others] = lines(platform.stderrText());
  assert.deepEqual(others, []);
  assert.equal(new Date(line.time).toISOString(), line.time);
  assert.deepEqual({ ...line, time: 0 }, {
    time: 0,
    level: "warn",
    owner: "Test.Thing.a",
    message: "Careful",
    fields: { left: 2 },
  });
});

test("--log-format says otherwise", async () => {
  const { run, platform } = logging((ctx) => ctx.log.warn("Careful", { left: 2 }));
  assert.equal(await run(".", "--log-format", "text"), 0);
  assert.equal(platform.stderrText(), "warn   Test.Thing.a  Careful  left=2\n");
});

test("--log-level is what is written; --verbose means debug unless it is given", async () => {
  const cases: [string[], string[]][] = [
    [[], ["info", "warn", "error"]],
    [["--log-level", "debug"], ["debug", "info", "warn", "error"]],
    [["--log-level=warn"], ["warn", "error"]],
    [["--log-level", "error"], ["error"]],
    [["--verbose"], ["debug", "info", "warn", "error"]],
    [["--verbose", "--log-level", "warn"], ["warn", "error"]],
  ];
  for (const [args, levels] of cases) {
    const { run, platform } = logging(({ log }) => {
      log.debug("m");
      log.info("m");
      log.warn("m");
      log.error("m");
    });
    assert.equal(await run(...args, "."), 0);
    const written = lines(platform.stderrText()).filter(({ owner }) => owner !== "kernel");
    assert.deepEqual(written.map(({ level }) => level), levels);
  }
});

test("an unknown format or level is a usage error with the choices", async () => {
  for (const args of [["--log-format", "jsn"], ["--log-level", "infos"]]) {
    const { run, platform } = logging(() => {});
    assert.equal(await run(...args, "."), 2);
    assert.match(platform.stderrText(), /"(jsn|infos)" is not a valid value of --log-/);
    assert.match(platform.stderrText(), /help: Did you mean "(json|info)"\?/);
  }
});

test("whatever a controller logs is written, and errors keep their stack", async () => {
  const circle: Record<string, unknown> = { big: 1n, [Symbol.iterator.toString()]: () => {} };
  circle["me"] = circle;
  const hostile = {
    get broken(): never {
      throw new Error("no");
    },
  };
  const { run, platform } = logging(({ log }) => {
    log.info("One", { circle, hostile, error: new Error("gone", { cause: "why" }) });
    log.info(new Error("no text") as unknown as string);
    log.info("Three", new Error("no fields") as unknown as Record<string, unknown>);
    log.info("Four", 4 as unknown as Record<string, unknown>);
  });
  assert.equal(await run("."), 0, platform.stderrText());
  const [one, two, three, four] = lines(platform.stderrText());
  assert.equal(one.fields.circle.me, "[circular]");
  assert.equal(one.fields.circle.big, "1");
  assert.match(one.fields.hostile.broken, /unreadable/);
  assert.equal(one.fields.error.message, "gone");
  assert.equal(one.fields.error.cause, "why");
  assert.match(one.fields.error.stack, /logs_test/);
  assert.equal(two.message, "no text");
  assert.equal(three.fields.error.message, "no fields");
  assert.deepEqual(four.fields, { value: 4 });
});
