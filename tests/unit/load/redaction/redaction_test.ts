import assert from "node:assert/strict";
import { test } from "node:test";
import { createRedaction } from "../../../../src/load/redaction/redaction.ts";
import { formsOf } from "../../../../src/load/redaction/secret_forms.ts";

test("a sensitive value disappears as a whole and inside longer texts", () => {
  const redaction = createRedaction();
  redaction.add("hunter2!");
  assert.equal(redaction.text("hunter2!"), "[redacted]");
  assert.equal(redaction.text("postgres://u:hunter2!@db"), "postgres://u:[redacted]@db");
});

test("also as URLs escape it", () => {
  const redaction = createRedaction();
  redaction.add("pass word/1");
  assert.equal(redaction.text("GET /?token=pass%20word%2F1 200"), "GET /?token=[redacted] 200");
  redaction.add("half \ud800");
  assert.equal(redaction.text("half \ud800"), "[redacted]");
});

test("also in its JSON-escaped form", () => {
  const redaction = createRedaction();
  redaction.add('pass"word');
  assert.equal(redaction.text(JSON.stringify({ a: 'pass"word' })), '{"a":"[redacted]"}');
});

test("one of fewer than four characters only where it is the whole value", () => {
  const redaction = createRedaction();
  redaction.add("abc");
  assert.deepEqual(redaction.value({ a: "abc", b: "abcd" }), { a: "[redacted]", b: "abcd" });
});

test("data is copied only where something was redacted", () => {
  const redaction = createRedaction();
  redaction.add({ user: "rootroot", port: 5432 });
  const clean = { a: [1, "x"] };
  assert.equal(redaction.value(clean), clean);
  assert.deepEqual(redaction.value({ dsn: ["rootroot@db"], port: 5432, "k-rootroot": 1 }), {
    dsn: ["[redacted]@db"],
    port: "[redacted]",
    "k-[redacted]": 1,
  });
});

test("data that contains itself, or cannot be read, is handled", () => {
  const redaction = createRedaction();
  redaction.add("hunter2!");
  const circle: Record<string, unknown> = { secret: "hunter2!", list: [] };
  circle["me"] = circle;
  (circle["list"] as unknown[]).push(circle);
  assert.deepEqual(redaction.value(circle), {
    secret: "[redacted]",
    list: ["[circular]"],
    me: "[circular]",
  });
  const hostile = {
    get broken(): never {
      throw new Error("hunter2!");
    },
  };
  assert.deepEqual(redaction.value(hostile), { broken: "[unreadable]" });
  const shared = { secret: "hunter2!" };
  assert.deepEqual(redaction.value([shared, shared]), [
    { secret: "[redacted]" },
    { secret: "[redacted]" },
  ]);
});

test("passwords in URLs are redacted without being declared", () => {
  const redaction = createRedaction();
  assert.equal(
    redaction.text("at postgres://ada:h:u@nter@db:5432/x and redis://:s3cr3t@h/0"),
    "at postgres://ada:[redacted]@db:5432/x and redis://:[redacted]@h/0",
  );
  assert.deepEqual(redaction.value({ urls: ["https://a:b@c.example/"] }), {
    urls: ["https://a:[redacted]@c.example/"],
  });
  for (
    const text of [
      "https://x.example/a:b@c",
      "https://ada@x.example/",
      "http://localhost:8080/ mail a@b",
      "postgres://user:password@host",
    ]
  ) assert.equal(redaction.text(text), text);
});

test("long texts are searched in linear time", () => {
  const text = "a://b:".repeat(50_000) + "x".repeat(200_000);
  const started = performance.now();
  assert.equal(createRedaction().text(text), text);
  assert.ok(performance.now() - started < 5_000);
});

test("the JSON of data is redacted as the data is, whatever form a secret has in it", () => {
  const secrets = [
    "hunter2!",
    "ab",
    12345678,
    7,
    new TextEncoder().encode("some bytes"),
    'quo"te \\ slash/ and \u0001',
    "first line of it\nsecond line of it",
    "ünïcödé ☃",
    "half \ud800",
  ];
  for (const secret of secrets) {
    const redaction = createRedaction();
    assert.equal(redaction.hasSecrets(), false);
    redaction.add(secret);
    assert.equal(redaction.hasSecrets(), true);
    const text = secret instanceof Uint8Array ? new TextDecoder().decode(secret) : String(secret);
    for (const form of [text, ...formsOf(text)]) {
      for (const data of [{ a: form }, { a: [`x ${form} y`] }, { [form]: { b: 1 } }]) {
        const json = JSON.stringify(data);
        assert.equal(redaction.json(data), JSON.stringify(redaction.value(data)));
        if (redaction.json(data) !== json) assert.equal(redaction.isHarmless(json), false);
      }
    }
    if (typeof secret === "number") {
      assert.equal(redaction.json({ a: [secret] }), '{"a":["[redacted]"]}');
    }
    const harmless = { event: "Shop.Order.Executed", depth: 0, path: "C:\\temp", url: "http://a/" };
    assert.equal(redaction.json(harmless), JSON.stringify(harmless));
  }
});
