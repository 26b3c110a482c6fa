import assert from "node:assert/strict";
import { test } from "node:test";
import { errorFromJSON, errorToJSON } from "../../../src/contract/error_json.ts";
import { fail, isDiglyError, type Origin } from "../../../src/contract/errors.ts";
import { app, resource } from "../app.ts";

const origin: Origin = {
  file: "/app/runtime.yaml",
  line: 3,
  column: 1,
  length: 4,
  path: "$.code",
  excerpt: { firstLine: 3, lines: ["code: x"] },
};

const crossed = (error: unknown) => JSON.parse(JSON.stringify(errorToJSON(error)));

test("an error comes back with code, details, chain, places, help and causes", () => {
  const error = fail("ERR_EXECUTION_FAILED", {
    urn: "A.b",
    problem: "no",
    chain: ["A.a", "A.b"],
  }, {
    origin: { ...origin, through: [{ message: "the instance", origin }] },
    help: "Try again",
    related: [{ message: "the first one", origin }],
    cause: fail("Sql.Unavailable", { problem: "down", data: { host: "db" }, status: 503 }, {
      cause: new TypeError("refused"),
    }),
  });
  const revived = errorFromJSON(crossed(error));
  assert.ok(isDiglyError(revived));
  assert.equal(revived.code, "ERR_EXECUTION_FAILED");
  assert.equal(revived.message, "Executing A.b failed: no");
  assert.deepEqual(revived.details, error.details);
  assert.deepEqual(revived.origin, origin);
  assert.equal(revived.help, "Try again");
  assert.deepEqual(revived.related.map(({ message }) => message), [
    "the first one",
    "the instance",
  ]);
  const cause = revived.cause;
  assert.ok(isDiglyError(cause));
  assert.deepEqual([cause.code, cause.details], [
    "Sql.Unavailable",
    { problem: "down", data: { host: "db" }, status: 503 },
  ]);
  assert.ok(cause.cause instanceof Error);
  assert.deepEqual([cause.cause.name, cause.cause.message], ["TypeError", "refused"]);
  assert.deepEqual(crossed(revived), crossed(error), "and crosses again unchanged");
});

test("codes of newer versions pass through", () => {
  const revived = errorFromJSON({ name: "DiglyError", code: "ERR_FROM_THE_FUTURE", message: "m" });
  assert.deepEqual([revived.code, revived.message, revived.details], [
    "ERR_FROM_THE_FUTURE",
    "m",
    {},
  ]);
});

test("JSON that does not describe an error is refused, and hostile parts are left out", () => {
  for (const json of [null, 7, [], {}, { code: "X" }, { code: "<b>", message: "m" }]) {
    assert.throws(() => errorFromJSON(json), { code: "ERR_USAGE" });
  }
  let cause: Record<string, unknown> = { name: "Error", message: "deepest" };
  for (let depth = 0; depth < 100; depth++) cause = { name: "Error", message: "m", cause };
  const revived = errorFromJSON({
    code: "A.B",
    message: "m",
    details: 7,
    help: {},
    origin: { file: 1 },
    related: [null, { message: "m" }, ...Array(500).fill({ message: "m", origin })],
    cause,
  });
  assert.deepEqual([revived.details, revived.help, revived.origin], [{}, undefined, undefined]);
  assert.equal(revived.related.length, 98);
  let depth = 0;
  for (let at: unknown = revived.cause; at instanceof Error; at = at.cause) depth++;
  assert.equal(depth, 8);
});

test("what is not an error, cyclic or not JSON crosses as far as possible", () => {
  assert.deepEqual(crossed("text"), { name: "Error", message: "text" });
  const data: Record<string, unknown> = { n: 2n ** 70n };
  data["self"] = data;
  const json = crossed(fail("A.B", { problem: "p", data }));
  assert.deepEqual(json.details.data, { n: String(2n ** 70n), self: "[circular]" });
});

test("secrets of the app are redacted", async () => {
  let thrown: unknown;
  const { kernel } = app({
    kinds: {
      Login: {
        create: (_, ctx) => ({
          execute() {
            const token = ctx.secret("tok-3f9a2b7c");
            throw new Error(`Refused ${token}`, { cause: new Error(`with ${token}`) });
          },
        }),
      },
    },
    resources: resource("Login", "l"),
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.Login.l").catch((error) => thrown = error);
  const text = JSON.stringify(errorToJSON(thrown));
  assert.doesNotMatch(text, /3f9a2b7c/);
  assert.match(text, /Refused \[redacted\]/);
  await kernel.stop();
});
