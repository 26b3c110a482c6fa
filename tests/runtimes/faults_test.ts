/**
 * Every place where a controller's code runs, with everything it can do wrong there: what the
 * exit code is, what people read, and what is left on the disk.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import type { Snapshot } from "../../src/observe/snapshot.ts";
import {
  chooseForm,
  type Ended,
  type Form,
  ofEachRuntime,
  run,
  start,
  tempApp,
  until,
} from "./forms.ts";

const FAULTS = ["throws", "rejects", "hangs", "rubbish", "exits"] as const;
type Fault = typeof FAULTS[number];

/** What a cell of the table expects; an exiting controller is the same everywhere. */
interface Expected {
  readonly code: number;
  /** What standard error says. */
  readonly says?: RegExp;
  /** The last event in the stream, but for `Runtime.Stopped`. */
  readonly last: string;
}

const TEARDOWN = "Fault.Good.Teardown";

const TABLE: Readonly<Record<string, Readonly<Record<Exclude<Fault, "exits">, Expected>>>> = {
  register: {
    throws: { code: 1, says: /register function of .* failed: planned/, last: "Runtime.Stopping" },
    rejects: { code: 1, says: /register function of .* failed: planned/, last: "Runtime.Stopping" },
    hangs: { code: 1, says: /boot took longer than 15 s/i, last: "Runtime.Stopping" },
    rubbish: { code: 0, last: TEARDOWN },
  },
  create: {
    throws: { code: 1, says: /ERR_CREATE_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    rejects: { code: 1, says: /ERR_CREATE_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    hangs: { code: 1, says: /create of Fault\.Bad\.b/, last: TEARDOWN },
    rubbish: { code: 1, says: /create returned a number/, last: TEARDOWN },
  },
  init: {
    throws: { code: 1, says: /ERR_INIT_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    rejects: { code: 1, says: /ERR_INIT_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    hangs: { code: 1, says: /init of Fault\.Bad\.b/, last: TEARDOWN },
    rubbish: { code: 0, last: TEARDOWN },
  },
  execute: {
    throws: { code: 1, says: /ERR_EXECUTION_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    rejects: { code: 1, says: /ERR_EXECUTION_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    hangs: { code: 1, says: /still waiting for Fault\.Bad\.b/, last: "Runtime.Stopping" },
    rubbish: { code: 0, last: TEARDOWN },
  },
  snapshot: {
    throws: { code: 0, last: TEARDOWN },
    rejects: { code: 0, last: TEARDOWN },
    hangs: { code: 0, last: TEARDOWN },
    rubbish: { code: 0, last: TEARDOWN },
  },
  teardown: {
    throws: { code: 1, says: /ERR_TEARDOWN_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    rejects: { code: 1, says: /ERR_TEARDOWN_FAILED.*Fault\.Bad\.b.*planned/, last: TEARDOWN },
    hangs: { code: 1, says: /still waiting for Fault\.Bad\.b/, last: "Runtime.Stopping" },
    rubbish: { code: 0, last: TEARDOWN },
  },
  listener: {
    throws: { code: 0, says: /Fault\.Bad\.b.*planned/, last: TEARDOWN },
    rejects: { code: 0, says: /Fault\.Bad\.b.*planned/, last: TEARDOWN },
    hangs: { code: 0, last: TEARDOWN },
    rubbish: { code: 0, last: TEARDOWN },
  },
};

const CONTROLLER = `import process from "node:process";

const [place, fault] = (process.env.FAULT ?? "").split(":");

function act(at) {
  if (at !== place) return undefined;
  if (fault === "throws") throw new Error("planned");
  if (fault === "rejects") return Promise.reject(new Error("planned"));
  if (fault === "hangs") return new Promise(() => {});
  if (fault === "exits") process.exit(9);
  return 42;
}

export const register = () => act("register");

export function create(_resource, ctx) {
  const result = act("create");
  if (result !== undefined) return result;
  if (place === "listener") ctx.on("Runtime.Started", () => act("listener"));
  return {
    init: () => act("init"),
    execute: () => act("execute"),
    snapshot: () => act("snapshot") ?? { fine: true },
    teardown: () => act("teardown"),
  };
}
`;

function definition(kind: string, entrypoint: string): string {
  const controllers = ["node", "bun", "deno"].map((name) =>
    `  - { runtime: ${name}, entrypoint: ./${entrypoint} }\n`
  );
  return `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\n` +
    `controllers:\n${controllers.join("")}`;
}

const FILES = {
  "runtime.yaml": `name: App
imports: [./fault]
---
kind: Fault.Good
metadata: { name: a }
---
kind: Fault.Bad
metadata: { name: b }
`,
  "fault/module.yaml": "name: Fault\nversion: 1.0.0\ndefinitions: [good.yaml, bad.yaml]\n",
  "fault/good.yaml": definition("Good", "good.ts"),
  "fault/bad.yaml": definition("Bad", "bad.ts"),
  "fault/good.ts": "export const create = () => ({});\n",
  "fault/bad.ts": CONTROLLER,
};

async function suffer(form: Form, cwd: string, place: string, fault: Fault): Promise<Ended> {
  const env = { FAULT: `${place}:${fault}` };
  // Long enough for a boot to reach what hangs beside everything else that runs.
  const times = fault === "hangs" ? ["15s", "5s"] as const : ["60s", "60s"] as const;
  const options = [
    "--debug",
    "--snapshot-on-exit",
    ...["--boot-timeout", times[0]],
    ...["--shutdown-timeout", times[1]],
  ];
  if (place !== "execute") return await run(form, ["runtime.yaml", ...options], { cwd, env });
  const args = ["exec", "runtime.yaml", "Fault.Bad.b", ...options];
  if (fault !== "hangs") return await run(form, args, { cwd, env });
  const program = start(form, args, { cwd, env });
  await until(() => events(cwd).includes("Fault.Bad.Executing"));
  program.kill("SIGTERM");
  return await program.exited;
}

/** The names of the events in the stream; every line must be whole. */
function events(cwd: string): string[] {
  let text: string;
  try {
    text = readFileSync(join(cwd, ".digly-debug/events.jsonl"), "utf8");
  } catch {
    return [];
  }
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line).event);
}

/** The step of the boot at which a controller exits. */
function lastBeforeLeaving(place: string): RegExp {
  if (place === "register") return /^Runtime\.Starting$/;
  if (place === "execute") return /^Fault\.Bad\.Executing$/;
  if (place === "create" || place === "init") return /^Fault\.Good\.Initialized$/;
  return place === "listener" ? /^Runtime\.Started$/ : /^Runtime\.Stopping$/;
}

async function check(form: Form, place: string, fault: Fault): Promise<void> {
  const cwd = tempApp(FILES);
  const { code, stderr } = await suffer(form, cwd, place, fault);
  const transcript = `${place} ${fault}\n${stderr}`;
  const seen = events(cwd);
  const snapshot = load(
    readFileSync(join(cwd, ".digly-debug/snapshot.yaml"), "utf8"),
  ) as Snapshot;
  if (fault === "exits") {
    assert.equal(code, 9, transcript);
    assert.match(seen.at(-1)!, lastBeforeLeaving(place), transcript);
    // Before a teardown, everybody's snapshot() has been asked.
    assert.equal(snapshot.incomplete === undefined, place === "teardown", transcript);
    return;
  }
  const expected = TABLE[place]![fault];
  assert.equal(code, expected.code, transcript);
  if (expected.says === undefined) assert.doesNotMatch(stderr, /error/i, transcript);
  else assert.match(stderr.replaceAll("\n", " "), expected.says, transcript);
  assert.deepEqual(seen.slice(-2), [expected.last, "Runtime.Stopped"], transcript);
  const bad = snapshot.resources.find(({ name }) => name === "b")!;
  if (place === "snapshot" && fault !== "rubbish") {
    assert.match(JSON.stringify(bad), /planned|did not end within/, transcript);
  }
}

// A controller fails on a runtime in the same way, however the program got there.
for (const form of ofEachRuntime) {
  describe(form.name, { concurrency: true }, () => {
    // What hangs only waits, beside what ends at once.
    test("a controller that hangs", async () => {
      await Promise.all(Object.keys(TABLE).map((place) => check(form, place, "hangs")));
    });

    test("a controller that exits", async () => {
      for (const place of Object.keys(TABLE)) await check(form, place, "exits");
    });
  });
}

// What is thrown and what is returned only the core sees.
describe("a controller that fails at once", { concurrency: 2 }, () => {
  for (const place of Object.keys(TABLE)) {
    for (const fault of ["throws", "rejects", "rubbish"] as const) {
      const form = chooseForm(`${place} ${fault}`);
      test(`in ${place}: ${fault} (${form.name})`, () => check(form, place, fault));
    }
  }
});
