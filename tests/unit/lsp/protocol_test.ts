/** What the server does with input that is not what it should be. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { Platform } from "../../../src/contract/platform.ts";
import { encodeFrame, FrameReader } from "../../../src/lsp/framing.ts";
import { serve } from "../../../src/lsp/server.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";

/** The answer of the server to some bytes, and its exit code. */
interface Session {
  readonly code: number;
  readonly messages: readonly {
    readonly id?: number | string | null;
    readonly method?: string;
    readonly result?: unknown;
    readonly error?: { readonly code: number; readonly message: string };
  }[];
  readonly stderr: string;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const message = (value: object) => encodeFrame({ jsonrpc: "2.0", ...value });
const INITIALIZE = message({ id: 0, method: "initialize", params: { capabilities: {} } });

/** Sends chunks to a server, and ends the input. */
async function session(...chunks: readonly Uint8Array[]): Promise<Session> {
  let stdout = new Uint8Array();
  const memory = memoryPlatform();
  const platform: Platform = {
    ...memory,
    stdout: {
      isTerminal: false,
      write(content) {
        const added = typeof content === "string" ? bytes(content) : content;
        const grown = new Uint8Array(stdout.length + added.length);
        grown.set(stdout);
        grown.set(added, stdout.length);
        stdout = grown;
      },
    },
    async *readInput() {
      for (const chunk of chunks) {
        yield chunk;
        // Answers may take a turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
  const code = await serve({
    platform,
    version: "0",
    builtins: () => Promise.resolve([]),
    check: () => Promise.reject(new Error("Nothing is checked here")),
  });
  const messages = [...new FrameReader().push(stdout)].map((frame) => {
    assert.equal(frame.type, "message");
    return JSON.parse((frame as { readonly text: string }).text);
  });
  return { code, messages, stderr: String((memory.stderr as { text?: string }).text ?? "") };
}

const errorOf = ({ messages }: Session, id: number | null) =>
  messages.find((one) => one.id === id && one.error !== undefined)?.error;

test("a session ends with 0 after a shutdown, else with 1", async () => {
  const shutdown = message({ id: 1, method: "shutdown" });
  const exit = message({ method: "exit" });
  assert.equal((await session(INITIALIZE, shutdown, exit)).code, 0);
  assert.equal((await session(INITIALIZE, exit)).code, 1);
  assert.equal((await session(INITIALIZE)).code, 1);
  assert.equal((await session()).code, 1);
  assert.equal((await session(exit)).code, 1);
});

test("messages arrive in any pieces", async () => {
  const all = [INITIALIZE, message({ id: 1, method: "shutdown" }), message({ method: "exit" })];
  const joined = Buffer.concat(all);
  const single = Array.from(joined, (byte) => Uint8Array.of(byte));
  for (const chunks of [[joined], single]) {
    const { code, messages } = await session(...chunks);
    assert.equal(code, 0);
    assert.deepEqual(messages.map(({ id }) => id), [0, 1]);
  }
});

test("requests are refused before the session has begun and after it has ended", async () => {
  const early = await session(message({ id: 1, method: "textDocument/hover" }), INITIALIZE);
  assert.equal(errorOf(early, 1)!.code, -32002);
  assert.ok(early.messages.some(({ id, result }) => id === 0 && result !== undefined));
  const late = await session(
    INITIALIZE,
    message({ id: 1, method: "shutdown" }),
    message({ id: 2, method: "textDocument/hover", params: {} }),
    message({ method: "textDocument/didOpen", params: {} }),
    message({ method: "exit" }),
  );
  assert.equal(errorOf(late, 2)!.code, -32600);
  assert.equal(late.code, 0);
  const twice = await session(INITIALIZE, message({ id: 1, method: "initialize", params: {} }));
  assert.equal(errorOf(twice, 1)!.code, -32600);
});

test("unknown methods, wrong parameters and what is not a request are answered", async () => {
  const answered = await session(
    INITIALIZE,
    message({ id: 1, method: "textDocument/nothing" }),
    message({ id: 2, method: "toString" }),
    message({ id: 3, method: "textDocument/hover", params: { textDocument: { uri: 7 } } }),
    message({
      id: 4,
      method: "textDocument/hover",
      params: { textDocument: { uri: "file:///a.yaml" } },
    }),
    message({ id: 5, method: 7 }),
    message({ id: {}, method: "shutdown" }),
    message({ method: "$/nothing" }),
    message({ method: "textDocument/didOpen", params: null }),
    message({ method: "textDocument/didChange", params: { contentChanges: "x" } }),
    message({ id: 6, method: "shutdown" }),
    message({ method: "exit" }),
  );
  assert.equal(answered.code, 0);
  assert.equal(errorOf(answered, 1)!.code, -32601);
  assert.match(errorOf(answered, 1)!.message, /textDocument\/nothing/);
  assert.equal(errorOf(answered, 2)!.code, -32601);
  assert.equal(errorOf(answered, 3)!.code, -32602);
  assert.equal(errorOf(answered, 4)!.code, -32602);
  assert.equal(errorOf(answered, 5)!.code, -32600);
  assert.equal(errorOf(answered, null)!.code, -32600);
  assert.ok(answered.messages.some(({ id }) => id === 6));
});

test("text that is not UTF-8 or not JSON costs its own message only", async () => {
  const invalid = Buffer.concat([
    bytes("Content-Length: 4\r\n\r\n"),
    Uint8Array.of(34, 255, 254, 34),
  ]);
  const broken = bytes("Content-Length: 3\r\n\r\n{a}");
  const list = bytes("Content-Length: 2\r\n\r\n[]");
  const { code, messages } = await session(
    INITIALIZE,
    invalid,
    broken,
    list,
    message({ id: 1, method: "shutdown" }),
    message({ method: "exit" }),
  );
  assert.equal(code, 0);
  assert.deepEqual(messages.map(({ id, error }) => error?.code ?? id), [
    0,
    -32700,
    -32700,
    -32600,
    1,
  ]);
});

test("a broken header ends the session, and so does one that asks for too much", async () => {
  const headers = [
    "Content-Length: -1\r\n\r\n",
    "Content-Length: 1e3\r\n\r\n",
    "Content-Length: 99999999999\r\n\r\n",
    "Content-Length: 999999999999999999999\r\n\r\n",
    "Content-Type: x\r\n\r\n",
    "hello\r\n\r\n",
    `X: ${"x".repeat(5000)}`,
  ];
  for (const header of headers) {
    const { code, messages } = await session(
      INITIALIZE,
      bytes(header),
      message({ method: "exit" }),
    );
    assert.equal(code, 1, header);
    assert.equal(messages.at(-1)!.error!.code, -32700, header);
    assert.equal(messages.length, 2, header);
  }
});

test("a request that is cancelled is answered with that", async () => {
  const { messages } = await session(
    INITIALIZE,
    message({
      method: "textDocument/didOpen",
      params: {
        textDocument: { uri: "file:///a.yaml", languageId: "yaml", version: 1, text: "a: 1" },
      },
    }),
    Buffer.concat([
      message({
        id: 1,
        method: "textDocument/hover",
        params: { textDocument: { uri: "file:///a.yaml" }, position: { line: 0, character: 0 } },
      }),
      message({ method: "$/cancelRequest", params: { id: 1 } }),
      message({ method: "$/cancelRequest", params: { id: "none" } }),
    ]),
    ...Array.from({ length: 50 }, () => new Uint8Array()),
  );
  assert.equal(messages.find(({ id }) => id === 1)!.error!.code, -32800);
});

test("positions beyond the text are at its end, also in the middle of a character", async () => {
  const { TextDocument } = await import("../../../src/lsp/text_document.ts");
  const document = new TextDocument("file:///a.yaml", "a: 😀\r\nb: 2\n", 1);
  assert.equal(document.offsetAt({ line: 0, character: 99 }), 5);
  assert.equal(document.offsetAt({ line: 9, character: 0 }), document.text.length);
  assert.deepEqual(document.positionAt(7), { line: 1, character: 0 });
  const changed = document.changed([
    { range: { start: { line: 0, character: 3 }, end: { line: 0, character: 5 } }, text: "x" },
    { range: { start: { line: 1, character: 3 }, end: { line: 1, character: 4 } }, text: "30" },
  ], 2);
  assert.equal(changed.text, "a: x\r\nb: 30\n");
  assert.equal(changed.version, 2);
});

test("hostile text is read in time that grows with its length", async () => {
  const { readTolerantly } = await import("../../../src/lsp/tolerant_yaml.ts");
  const hostile = [
    "[".repeat(100_000),
    "- ".repeat(50_000),
    "a: ".repeat(50_000),
    "${a}".repeat(50_000),
    `[${"a,".repeat(200_000)}`,
    "'".repeat(100_001),
    "a: 'x\n".repeat(20_000),
    `a: |\n${" x\n".repeat(50_000)}`,
    "{a: {".repeat(20_000),
    "a: b\n  c\n".repeat(20_000),
    "a: b #c\n".repeat(30_000),
  ];
  for (const text of hostile) {
    const started = process.cpuUsage();
    readTolerantly(text);
    // CPU time, which other processes do not add to. Generous: what is quadratic takes minutes.
    assert.ok(process.cpuUsage(started).user < 10_000_000, text.slice(0, 20));
  }
});
