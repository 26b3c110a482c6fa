/** No verb and no option is missing from what is run on every form of the program. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgram } from "../../../src/cli/commands.ts";
import { DEFAULT_RUN_OPTIONS } from "../../../src/cli/host.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { ENDLESS, rows } from "../../runtimes/verbs.ts";
import { testHost } from "./command.ts";

test("a path alone, which is not parsed, runs with what the parser gives without options", () => {
  const program = createProgram(
    testHost(memoryPlatform(), { files: {}, controllers: {} }),
    () => {},
  );
  const run = program.commands.find((command) => command.name() === "run")!;
  assert.deepEqual(run.opts(), DEFAULT_RUN_OPTIONS);
});

test("every verb and every option is in the table that each form runs", () => {
  const program = createProgram(
    testHost(memoryPlatform(), { files: {}, controllers: {} }),
    () => {},
  );
  const lines = [...rows("http://127.0.0.1/"), ...ENDLESS].map(({ args }) => args);
  const missing = program.commands.flatMap((command) => {
    const own = lines.filter(([word]) => word === command.name());
    const flags = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long!);
    // `run` need not be written.
    const all = command.name() === "run"
      ? [...own, ...lines.filter(([word]) => word === "app")]
      : own;
    return own.length === 0
      ? [command.name()]
      : flags.filter((flag) => !all.some((args) => args.includes(flag)))
        .map((flag) => `${command.name()} ${flag}`);
  });
  assert.deepEqual(missing, []);
});
