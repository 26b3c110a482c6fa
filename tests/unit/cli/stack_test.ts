import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { locationInUserCode } from "../../../src/cli/stack.ts";
import { fail } from "../../../src/contract/errors.ts";

const own = new URL("../../../src/kernel/kernel.ts", import.meta.url);

function thrown(...frames: string[]): Error {
  return Object.assign(new Error("boom"), { stack: ["Error: boom", ...frames].join("\n") });
}

const FRAMES: Readonly<Record<string, string>> = {
  "V8, by URL": "    at Object.execute (file:///app/my%20thing.ts:3:7)",
  "V8, async": "    at async Object.execute (file:///app/my%20thing.ts:3:7)",
  "V8, without a function": "    at file:///app/my%20thing.ts:3:7",
  "V8, with a query": "    at execute (file:///app/my%20thing.ts?v=1:3:7)",
  "V8, by path": "    at new Thing (/app/my thing.ts:3:7)",
  "JavaScriptCore": "execute@file:///app/my%20thing.ts:3:7",
  "JavaScriptCore, by path": "@/app/my thing.ts:3:7",
};

for (const [form, frame] of Object.entries(FRAMES)) {
  test(`the place is read from a frame of ${form}`, () => {
    const place = { file: "/app/my thing.ts", line: 3, column: 7 };
    assert.deepEqual(locationInUserCode(thrown(frame, "    at later (/app/b.ts:1:1)")), place);
  });
}

test("frames of Digly, of packages and of the runtime are passed over", () => {
  const error = thrown(
    `    at run (${own.href}:10:1)`,
    `    at run (${fileURLToPath(own)}:10:1)`,
    "    at step (/app/node_modules/pg/index.js:1:1)",
    "    at emit (node:events:508:28)",
    "    at Array.map (<anonymous>)",
    "    at stringify (unknown)",
    "    at main (/$bunfs/root/digly:5:5)",
    "    at execute (/app/thing.ts:3:7)",
  );
  assert.deepEqual(locationInUserCode(error), { file: "/app/thing.ts", line: 3, column: 7 });
});

test("errors of Digly are looked through to what caused them", () => {
  const cause = thrown("    at execute (/app/thing.ts:3:7)");
  const inner = fail("ERR_EXECUTION_FAILED", { urn: "A.a", problem: "boom", chain: [] }, { cause });
  const outer = fail("ERR_INIT_FAILED", { urn: "B.b", problem: "boom" }, { cause: inner });
  assert.equal(locationInUserCode(outer)?.file, "/app/thing.ts");
});

test("what has no stack has no place", () => {
  assert.equal(locationInUserCode("text"), undefined);
  assert.equal(locationInUserCode(undefined), undefined);
  assert.equal(locationInUserCode(fail("ERR_USAGE", { problem: "x" })), undefined);
  assert.equal(
    locationInUserCode(fail("ERR_USAGE", { problem: "x" }, { cause: "text" })),
    undefined,
  );
});
