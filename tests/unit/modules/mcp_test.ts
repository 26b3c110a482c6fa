import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  type Offer,
  type RpcResponse,
  VERSIONS,
} from "../../../src/modules/mcp/protocol.ts";
import { createLineReader } from "../../../src/modules/mcp/stdio.ts";
import { contentOf } from "../../../src/modules/mcp/content.ts";
import { startHttpApp } from "./http_app.ts";

const offer: Offer = {
  serverInfo: { name: "Test", version: "1" },
  instructions: undefined,
  list: () => [{ name: "one" }],
  call: (name, input) => {
    if (name === "throws") return Promise.reject(new Error("internal"));
    return name === "one" ? Promise.resolve({ content: [input] }) : undefined;
  },
};

function ask(message: unknown): Promise<RpcResponse | undefined> {
  return answer(message, offer, { caller: null, signal: new AbortController().signal });
}

const request = (method: string, params?: unknown) => ({ jsonrpc: "2.0", id: 1, method, params });

async function errorOf(message: unknown): Promise<[id: unknown, code: unknown]> {
  const response = await ask(message);
  return [response?.id, response?.error?.code];
}

test("the version of the client is used if it is known, and the newest otherwise", async () => {
  const negotiate = async (protocolVersion: unknown) => {
    const response = await ask(request("initialize", { protocolVersion }));
    return (response?.result as { protocolVersion: string } | undefined)?.protocolVersion;
  };
  for (const version of VERSIONS) assert.equal(await negotiate(version), version);
  assert.equal(await negotiate("1999-01-01"), VERSIONS[0]);
  assert.equal(await negotiate(1), undefined);
});

test("messages that are not valid are errors of the client", async () => {
  for (const message of [null, 1, "x", [], [request("ping")], {}, { jsonrpc: "1.0", id: 1 }]) {
    assert.equal((await errorOf(message))[1], -32600, JSON.stringify(message));
  }
  assert.deepEqual(await errorOf({ jsonrpc: "2.0", id: {}, method: "ping" }), [null, -32600]);
  assert.deepEqual(await errorOf({ jsonrpc: "2.0", id: null, method: "ping" }), [null, -32600]);
  assert.deepEqual(await errorOf({ jsonrpc: "2.0", id: 1, method: 1 }), [1, -32600]);
  assert.deepEqual(await errorOf(request("ping", [])), [1, -32600]);
  assert.deepEqual(await errorOf(request("nothing")), [1, -32601]);
  assert.deepEqual(await errorOf(request("tools/call", { name: 1 })), [1, -32602]);
  assert.deepEqual(await errorOf(request("tools/call", { name: "two" })), [1, -32602]);
  assert.deepEqual(await errorOf(request("tools/call", { name: "one", arguments: [] })), [
    1,
    -32602,
  ]);
  assert.deepEqual(await errorOf(request("tools/call", { name: "throws" })), [1, -32603]);
});

test("notifications and responses have no answer", async () => {
  assert.equal(await ask({ jsonrpc: "2.0", method: "notifications/initialized" }), undefined);
  assert.equal(await ask({ jsonrpc: "2.0", method: "nothing" }), undefined);
  assert.equal(await ask({ jsonrpc: "2.0", id: 7, result: {} }), undefined);
});

test("lines are put together from chunks, and long ones are dropped", () => {
  const lines: (string | undefined)[] = [];
  const reader = createLineReader(5, (line) => void lines.push(line));
  const add = (text: string) => reader.add(new TextEncoder().encode(text));
  for (const text of ["ab", "c\n", "\nde\nfgh", "ij\n123", "456789\nk\nü"]) add(text);
  reader.end();
  assert.deepEqual(lines, ["abc", "", "de", "fghij", undefined, "k", "ü"]);
});

test("a line without an end takes no memory", () => {
  let tooLong = 0;
  const reader = createLineReader(1_000, (line) => void (line === undefined && tooLong++));
  const chunk = new Uint8Array(1 << 20);
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 50; count++) reader.add(chunk);
  reader.end();
  assert.equal(tooLong, 1);
  assert.ok(process.memoryUsage().arrayBuffers - before < 30 << 20);
});

test("results become text, data, resources and lists", async () => {
  const text = (value: string) => [{ type: "text", text: value }];
  assert.deepEqual(await contentOf("A.b", "x"), { content: text("x") });
  assert.deepEqual(await contentOf("A.b", null), { content: [] });
  assert.deepEqual(await contentOf("A.b", [1]), { content: text("[1]") });
  assert.deepEqual(await contentOf("A.b", { a: 1 }), {
    content: text('{"a":1}'),
    structuredContent: { a: 1 },
  });
  assert.deepEqual(await contentOf("A.b", new Uint8Array([1, 255])), {
    content: [{
      type: "resource",
      resource: { uri: "digly:A.b", mimeType: "application/octet-stream", blob: "Af8=" },
    }],
  });
  assert.deepEqual(await contentOf("A.b", new Response("é")), { content: text("é") });
  async function* items() {
    yield await Promise.resolve({ a: 1 });
    yield 2;
  }
  assert.deepEqual(await contentOf("A.b", items()), { content: text('[{"a":1},2]') });
  let isStopped = false;
  async function* endless() {
    try {
      for (;;) yield await Promise.resolve("x".repeat(100_000));
    } finally {
      isStopped = true;
    }
  }
  await assert.rejects(contentOf("A.b", endless()), /The result is larger than 4194304 bytes/);
  assert.ok(isStopped);
  await assert.rejects(contentOf("A.b", { f: () => 1 }), /result\.f/);
});

test("bad requests over HTTP are refused", async (t) => {
  const { url } = await startHttpApp(
    t,
    `kind: Mcp.Server
metadata: { name: M }
tools: [Data.Type.T]
origins: [https://app.example.com]
---
kind: Data.Type
metadata: { name: T }
schema: { type: object }
`,
    { imports: ["digly:mcp"], mounts: "maxBodyBytes: 1000" },
  );
  const json = { "content-type": "application/json" };
  const post = async (
    headers: Record<string, string>,
    body: string = JSON.stringify(request("ping")),
    method = "POST",
  ) => {
    const init = method === "POST" ? { method, headers, body } : { method, headers };
    const response = await fetch(`${url}/mcp`, init);
    await response.text();
    return response.status;
  };
  assert.equal(await post(json), 200);
  assert.equal(await post({ ...json, origin: "http://localhost:3000" }), 200);
  assert.equal(await post({ ...json, origin: "https://app.example.com" }), 200);
  for (const origin of ["https://evil.example", "http://localhost.evil.example", "null"]) {
    assert.equal(await post({ ...json, origin }), 403, origin);
  }
  assert.equal(await post({ "content-type": "text/plain" }), 415);
  assert.equal(await post({ ...json, accept: "text/event-stream" }), 406);
  assert.equal(await post({ ...json, accept: "text/event-stream, application/json" }), 200);
  assert.equal(await post({ ...json, "mcp-protocol-version": "1999-01-01" }), 400);
  assert.equal(await post(json, "{"), 400);
  assert.equal(await post(json, "[]"), 400);
  assert.equal(await post(json, "[".repeat(400)), 400);
  assert.equal(await post(json, JSON.stringify({ jsonrpc: "2.0", method: "x" })), 202);
  assert.equal(await post(json, `"${"x".repeat(1_001)}"`), 413);
  assert.equal(await post({}, "", "GET"), 405);
  assert.equal(await post({}, "", "DELETE"), 405);
});

test("resources are selected by their labels, in an app without any other expression", async (t) => {
  const type = (name: string, labels: string) =>
    `---\nkind: Data.Type\nmetadata: { name: ${name}, labels: ${labels} }\nschema: { type: object }\n`;
  const { url } = await startHttpApp(
    t,
    `kind: Mcp.Server
metadata: { name: M }
expose: digly.tool == true && labels.team == "a"
${type("One", "{ digly.tool: true, team: a }")}${
      type("Two", "{ digly: { tool: true }, team: a }")
    }${type("Three", "{ digly.tool: true, team: b }")}${type("Four", "{ team: a }")}`,
    { imports: ["digly:mcp"] },
  );
  const response = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request("tools/list")),
  });
  const { result } = await response.json() as { result: { tools: { name: string }[] } };
  assert.deepEqual(result.tools.map(({ name }) => name), ["One", "Two"]);
});
