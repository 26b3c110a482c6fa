/** What crosses between processes: random values and errors, and bytes of a hostile peer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorFromJSON, errorToJSON } from "../../../src/contract/error_json.ts";
import { type DiglyError, fail } from "../../../src/contract/errors.ts";
import { decodeValue, encodeValue, Unsendable } from "../../../src/modules/cluster/codec.ts";
import { readCallHead, readFrame, writeFrame } from "../../../src/modules/cluster/frames.ts";
import { readHeartbeat } from "../../../src/modules/cluster/peers.ts";

/** Numbers below 1 that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KEYS = [
  "a",
  "",
  "$date",
  "$bytes",
  "$map",
  "$number",
  "$bigint",
  "__proto__",
  "ä\u0000\ud83d",
];
const NUMBERS = [0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 5e-324, -1e308];
const TEXTS = ["", "ä😀\u0000", "\ud800", '"$date"', "x".repeat(3_000), "\u2028</script>"];

const random = randomNumbers(18);
const below = (count: number) => Math.floor(random() * count);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;

function randomBytes(): Uint8Array {
  return Uint8Array.from({ length: oneOf([0, 1, 7, 20_000]) }, () => below(256));
}

function randomValue(depth: number): unknown {
  switch (below(depth > 5 ? 7 : 10)) {
    case 0:
      return oneOf(NUMBERS);
    case 1:
      return oneOf(TEXTS);
    case 2:
      return oneOf([true, false, null]);
    case 3:
      return random() * 10 ** below(300);
    case 4:
      return BigInt(oneOf(["", "-"]) + "1" + "7".repeat(below(200)));
    case 5:
      return new Date(oneOf([0, -1, 8.64e15, 1_700_000_000_123]));
    case 6:
      return randomBytes();
    case 7:
      return Array.from({ length: below(5) }, () => randomValue(depth + 1));
    default:
      return randomMap(depth);
  }
}

function randomMap(depth: number): Record<string, unknown> {
  const entries = Array.from({ length: below(4) }, () => [oneOf(KEYS), randomValue(depth + 1)]);
  return Object.fromEntries(entries);
}

test("every value of data crosses unchanged, however its keys are named", () => {
  for (let round = 0; round < 3_000; round++) {
    const value = randomValue(0);
    const back = decodeValue(encodeValue(value));
    // deepStrictEqual also tells 0 from -0, and own keys such as __proto__ from inherited ones.
    assert.deepStrictEqual(back, value);
  }
});

test("what is not data is refused with its place, wherever it is", () => {
  class Account {}
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const values = [
    () => 1,
    Symbol("s"),
    new Map(),
    new Set(),
    new Account(),
    cyclic,
    /x/,
    new Error("e"),
  ];
  for (const value of values) {
    for (const place of [value, [[value]], { a: { b: value } }]) {
      assert.throws(() => encodeValue(place), Unsendable);
    }
  }
  assert.throws(() => encodeValue({ a: [0, new Map()] }), /^Error: `a\[1\]` is a Map$/);
});

test("an error crosses with its data, its cause and its places", () => {
  for (let round = 0; round < 300; round++) {
    // What JSON cannot write is text in an error.
    const data = JSON.parse(
      JSON.stringify(randomMap(0), (_, item) => typeof item === "bigint" ? String(item) : item),
    );
    const origin = { file: "/app/a.yaml", line: 1 + below(99), column: 1, length: 1, path: "$.a" };
    const sent = fail(oneOf(["Shop.SoldOut", "Sql.Failed"]), {
      problem: oneOf(TEXTS.slice(1)),
      data,
      status: 400 + below(200),
    }, {
      origin,
      help: oneOf(TEXTS),
      cause: new RangeError(oneOf(TEXTS.slice(1)), { cause: "text" }),
    });
    const back = errorFromJSON(decodeValue(encodeValue(errorToJSON(sent))));
    assert.deepStrictEqual(back.details, sent.details);
    assert.deepStrictEqual(
      [back.code, back.message, back.help, back.origin],
      [sent.code, sent.message, sent.help, sent.origin],
    );
    const { name, message, cause } = back.cause as DiglyError;
    assert.deepEqual([name, message, (cause as Error).message], [
      "RangeError",
      (sent.cause as Error).message,
      "text",
    ]);
  }
});

test("bytes of a hostile peer are refused or read as data, and nothing else happens", () => {
  const frame = writeFrame(
    "X",
    { urn: "A.b", wire: {}, from: "w.1", id: "1", parts: 0 },
    randomBytes(),
  );
  for (let round = 0; round < 5_000; round++) {
    const bytes = random() < 0.3
      ? randomBytes()
      : round % 2 === 0
      ? frame.slice()
      : encodeValue(randomValue(3));
    for (let flips = below(4); flips > 0 && bytes.length > 0; flips--) {
      bytes[below(bytes.length)] = below(256);
    }
    const read = readFrame(bytes);
    for (
      const use of [
        () => decodeValue(bytes),
        () => readCallHead(read?.head),
        () => readHeartbeat(read?.head),
        () => errorFromJSON(read?.head),
      ]
    ) {
      try {
        use();
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof TypeError), String(error));
      }
    }
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  const nested = (depth: number) =>
    new TextEncoder().encode(`${'{"$map":{"a":'.repeat(depth)}1${"}}".repeat(depth)}`);
  assert.throws(() => decodeValue(nested(100_000)), /deeper than|Maximum call stack|JSON/);
  assert.throws(() => decodeValue(new TextEncoder().encode('{"$bigint":"1e9"}')), SyntaxError);
});
