import assert from "node:assert/strict";
import { test } from "node:test";
import { eventMatcher, eventReader, followEvents } from "../../../src/observe/event_reader.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";

const line = (event: string) => JSON.stringify({ timestamp: "2026-02-02T10:30:45.123Z", event });

function stream(text: string) {
  const platform = memoryPlatform({ files: { "/e.jsonl": text } });
  const read = eventReader(platform.files, "file:///e.jsonl", "/e.jsonl");
  return {
    read: () => Array.from(read(), ({ record }) => record.event),
    lines: read,
    write: (more: string) => platform.writeFile("/e.jsonl", more),
  };
}

test("an incomplete last line is skipped until it is complete", () => {
  const whole = `${line("A.a")}\n${line("A.b")}`;
  for (let length = line("A.a").length + 1; length < whole.length; length++) {
    const { read, write } = stream(whole.slice(0, length));
    assert.deepEqual(read(), ["A.a"], `${length} code units`);
    write(whole + "\n");
    assert.deepEqual(read(), ["A.b"], `${length} code units`);
  }
});

test("a last line without a line break is read once", () => {
  const { read, write } = stream(`${line("A.a")}\r\n\n${line("A.b")}`);
  assert.deepEqual(read(), ["A.a", "A.b"]);
  write(`${line("A.a")}\r\n\n${line("A.b")}\n${line("A.c")}\n`);
  assert.deepEqual(read(), ["A.c"]);
});

test("a character split between two reads is decoded", () => {
  const bytes = new TextEncoder().encode(line("A.ö") + "\n");
  const platform = memoryPlatform();
  const read = eventReader(platform.files, "file:///e", "/e");
  for (let length = 0; length < bytes.length; length++) {
    platform.writeFile("/e", bytes.slice(0, length));
    if (length < bytes.length - 1) assert.deepEqual([...read()], [], `${length} bytes`);
  }
  platform.writeFile("/e", bytes);
  assert.deepEqual(Array.from(read(), ({ record }) => record.event), ["A.ö"]);
});

test("lines longer than what is read at once", () => {
  const long = JSON.stringify({ timestamp: "t", event: "A.long", payload: "x".repeat(1_000_000) });
  assert.deepEqual(stream(`${long}\n${line("A.b")}\n${long}\n`).read(), [
    "A.long",
    "A.b",
    "A.long",
  ]);
});

test("a file that is replaced is read from its start", () => {
  const { read, write } = stream(`${line("A.a")}\n${line("A.b")}\n`);
  assert.deepEqual(read(), ["A.a", "A.b"]);
  const later = line("A.c").replace("2026", "2027");
  write(`${later}\n${later}\n${later}\n`);
  assert.deepEqual(read(), ["A.c", "A.c", "A.c"]);
  write("");
  assert.deepEqual(read(), []);
});

test("a line that is not an event is reported", () => {
  for (const bad of ["not json", "[1]", "null", "1", '{"event":1,"timestamp":""}']) {
    assert.throws(() => stream(`${line("A.a")}\n${bad}\n${line("A.b")}\n`).read(), {
      code: "ERR_USAGE",
      message: `/e.jsonl is not an event stream: line 2 is not an event, ${JSON.stringify(bad)}`,
    });
  }
});

test("following yields past and future events, and ends", async () => {
  const { lines, write } = stream(`${line("A.a")}\n`);
  let ended = false;
  const seen: string[] = [];
  for await (const { record } of followEvents(lines, () => ended)) {
    seen.push(record.event);
    if (record.event === "A.a") setTimeout(() => write(`${line("A.a")}\n${line("A.b")}\n`), 5);
    if (record.event === "A.b") {
      write(`${line("A.a")}\n${line("A.b")}\n${line("A.c")}\n`);
      ended = true;
    }
  }
  assert.deepEqual(seen, ["A.a", "A.b", "A.c"]);
});

test("patterns", () => {
  const cases: [string, string, boolean][] = [
    ["*", "Anything.At.All", true],
    ["Http.*", "Http.Server.Executed", true],
    ["Http.*", "HttpX.Server", false],
    ["*.Failed", "Http.Server.Failed", true],
    ["*.Failed", "Http.Server.FailedTwice", false],
    ["Http.*.Failed", "Http.Server.Failed", true],
    ["Runtime.Started", "Runtime.Started", true],
    ["Runtime.Started", "Runtime-Started", false],
    ["Runtime.*", "Runtime-Started", false],
    ["*(", "a(", true],
  ];
  for (const [pattern, event, expected] of cases) {
    assert.equal(eventMatcher(pattern)(event), expected, `${pattern} ${event}`);
  }
});
