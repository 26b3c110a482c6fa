import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../../src/contract/plain.ts";

/** What a reader of the line gets. */
const written = (value: unknown) => JSON.parse(JSON.stringify({ value: plain(value) })).value;

const deny = () => {
  throw new Error("no");
};

test("what JSON can hold stays as it is", () => {
  for (const value of ["a", 1, true, null, [], {}, { a: [1, { b: null }] }]) {
    assert.deepEqual(written(value), value);
  }
  assert.equal(written(new Date(0)), "1970-01-01T00:00:00.000Z");
  assert.equal(written(undefined), undefined);
});

test("what JSON cannot hold becomes text", () => {
  const cycle: Record<string, unknown> = { name: "a" };
  cycle["self"] = { deeper: cycle };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cases: [unknown, unknown][] = [
    [12345678901234567890n, "12345678901234567890"],
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
    [() => 1, "[function]"],
    [Symbol("s"), "[Symbol(s)]"],
    [cycle, { name: "a", self: { deeper: "[circular]" } }],
    [[undefined, 1n, () => 1], [null, "1", "[function]"]],
    [{
      a: undefined,
      get b() {
        return deny();
      },
    }, { b: "[unreadable: no]" }],
    [{ toJSON: deny }, "[unreadable: no]"],
    [{ toJSON: () => ({ a: 1n }) }, { a: "1" }],
    [new Proxy({}, { ownKeys: deny }), "[unreadable: no]"],
    [new Proxy({}, { ownKeys: () => deny() ?? [] }), "[unreadable: no]"],
    [new Map([["a", 1n]]), [["a", "1"]]],
    [new Set([1, 2]), [1, 2]],
    [new Uint8Array(3), "[3 bytes]"],
    [/a/g, "/a/g"],
    [new Error("sad", { cause: new TypeError("why") }), {
      name: "Error",
      message: "sad",
      cause: { name: "TypeError", message: "why" },
    }],
    [new Date(NaN), null],
    [{
      toJSON: () => {
        throw { toString: deny };
      },
    }, "[unreadable]"],
  ];
  for (const [value, expected] of cases) assert.deepEqual(written(value), expected);
  assert.match(written(revoked.proxy), /^\[unreadable: /);
});

test("a key like __proto__ is a key", () => {
  const value = JSON.parse('{"__proto__": {"a": 1}}');
  assert.equal(JSON.stringify(plain(value)), '{"__proto__":{"a":1}}');
});

test("depth and size have an end", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.match(JSON.stringify(plain(deep)), /^\[{64}"\[too deep\]"\]{64}$/);

  let wide: unknown[] = [1];
  for (let i = 0; i < 40; i++) wide = [wide, wide];
  assert.ok(JSON.stringify(plain(wide)).length < 10_000_000);
  assert.equal((plain(new Array(1_000_000).fill(1)) as unknown[]).at(-1), "[too large]");
  const fields = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i]));
  assert.equal((plain(fields) as Record<string, unknown>)["…"], "[too large]");
});
