import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { DEFAULT_LIMITS } from "../../../../src/contract/limits.ts";
import type { Files } from "../../../../src/contract/platform.ts";
import { memoryPlatform } from "../../../../src/platform/memory.ts";
import { readSource } from "../../../../src/load/files/read.ts";

const options = { module: "app", root: "file:///app/", limits: DEFAULT_LIMITS };

function read(content: string | Uint8Array | number[], limits = DEFAULT_LIMITS): string {
  const bytes = Array.isArray(content) ? new Uint8Array(content) : content;
  const { files } = memoryPlatform({ files: { "/app/a.yaml": bytes } });
  return readSource("file:///app/a.yaml", files, { ...options, limits }).text;
}

function errorOf(action: () => unknown): DiglyError {
  try {
    action();
  } catch (error) {
    return error as DiglyError;
  }
  throw new Error("nothing was thrown");
}

test("the text is as it is in the file, without a byte order mark", () => {
  assert.equal(read("a: 1\r\nb: é😀\n"), "a: 1\r\nb: é😀\n");
  assert.equal(read([0xef, 0xbb, 0xbf, 0x61]), "a");
  assert.equal(read(""), "");
});

test("the source keeps where it comes from", () => {
  const { files } = memoryPlatform({ files: { "/app/a.yaml": "x" } });
  assert.deepEqual(readSource("file:///app/a.yaml", files, options), {
    url: "file:///app/a.yaml",
    text: "x",
    module: "app",
    root: "file:///app/",
  });
});

test("invalid UTF-8 is an error with its byte, line and column", () => {
  const bytes = new TextEncoder().encode("a: 1\nb: é?");
  bytes[bytes.length - 1] = 0xff;
  const error = errorOf(() => read(bytes));
  assert.equal(error.code, "ERR_MANIFEST_INVALID");
  assert.equal(error.message, "The file /app/a.yaml is not UTF-8: byte 0xFF at offset 10");
  assert.deepEqual([error.origin?.line, error.origin?.column], [2, 5]);
  assert.match(error.help ?? "", /Save it as UTF-8/);
});

test("invalid UTF-8 is found behind a byte order mark, cut short and overlong", () => {
  const offsets: [bytes: number[], offset: number][] = [
    [[0xef, 0xbb, 0xbf, 0x61, 0x80], 4],
    [[0x61, 0xc3], 1],
    [[0x61, 0xc0, 0x80], 1],
    [[0xed, 0xa0, 0x80], 0],
    [[0xef, 0xbf, 0xbd, 0xfe, 0x61], 3],
  ];
  for (const [bytes, offset] of offsets) {
    assert.match(errorOf(() => read(bytes)).message, new RegExp(`at offset ${offset}$`));
  }
});

test("a binary file and UTF-16 are said to be that", () => {
  assert.equal(
    errorOf(() => read([0x7f, 0x45, 0x4c, 0x46, 0, 1, 0xff])).message,
    "The file /app/a.yaml is binary, not text",
  );
  assert.equal(
    errorOf(() => read([0xff, 0xfe, 0x61, 0])).message,
    "The file /app/a.yaml is UTF-16, not UTF-8",
  );
  assert.match(errorOf(() => read([0xfe, 0xff, 0, 0x61])).help ?? "", /UTF-8/);
});

test("a file over the limit is not even read", () => {
  const limits = { ...DEFAULT_LIMITS, manifestBytes: 4 };
  assert.equal(read("1234", limits), "1234");
  const { files } = memoryPlatform({ files: { "/app/a.yaml": "12345" } });
  const unread: Files = {
    ...files,
    readBytes: () => assert.fail("the file was read"),
  };
  const error = errorOf(() => readSource("file:///app/a.yaml", unread, { ...options, limits }));
  assert.equal(error.code, "ERR_LIMIT_EXCEEDED");
  assert.equal(error.message, "The file /app/a.yaml is larger than 4 bytes");
  assert.match(error.help ?? "", /`manifestBytes`/);
});

test("what is missing, a folder or unreadable is an error of ours", () => {
  const { files } = memoryPlatform({ files: { "/app/a.yaml": "x" } });
  const missing = errorOf(() => readSource("file:///app/b.yaml", files, options));
  assert.deepEqual([missing.code, missing.message], [
    "ERR_MANIFEST_NOT_FOUND",
    "The file /app/b.yaml does not exist",
  ]);
  assert.equal(
    errorOf(() => readSource("file:///app", files, options)).message,
    "/app is a folder, not a file",
  );
  const cause = new Error("EACCES: permission denied, open '/app/a.yaml'");
  const denied: Files = {
    ...files,
    readBytes: () => {
      throw cause;
    },
  };
  const error = errorOf(() => readSource("file:///app/a.yaml", denied, options));
  assert.equal(
    error.message,
    "The file /app/a.yaml cannot be read: EACCES: permission denied",
  );
  assert.equal(error.cause, cause);
});
