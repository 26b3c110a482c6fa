/** What a service behind an `Http.Proxy` sends, byte for byte, in every form. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { assertCode, type Form, forms, start, tempApp } from "./forms.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`;

/** What the service does when a request arrives. */
const services: Readonly<Record<string, (socket: Socket) => void>> = {
  closes: (socket) => socket.destroy(),
  cutHead: (socket) => socket.end(`${OK}content-le`),
  cutBody: (socket) => socket.end(`${OK}content-length: 100\r\n\r\nhello`),
  cutChunks: (socket) => socket.end(CHUNKED),
  badChunk: (socket) => socket.write(`${CHUNKED}zz\r\n`),
  ssh: (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"),
  switches: (socket) =>
    socket.write("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  largeHead: (socket) => socket.write(`${OK}x: ${"y".repeat(200_000)}\r\n\r\n`),
  smuggles: (socket) =>
    socket.write(`${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
  oddStatus: (socket) => socket.write("HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n"),
  hints: (socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}content-length: 5\r\n\r\nhello`),
  untilEnd: (socket) => socket.end(`${OK}\r\nhello`),
  refuses: (socket) =>
    socket.end("HTTP/1.1 413 Large\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlarge"),
};

const FAILED = "502 The service behind this one failed";
const BROKEN_OFF = "broken off";

/** What a client gets of it. */
const outcomes: Readonly<Record<string, string>> = {
  closes: FAILED,
  cutHead: FAILED,
  ssh: FAILED,
  switches: FAILED,
  largeHead: FAILED,
  smuggles: FAILED,
  oddStatus: FAILED,
  cutBody: BROKEN_OFF,
  cutChunks: BROKEN_OFF,
  badChunk: BROKEN_OFF,
  hints: "200 hello",
  untilEnd: "200 hello",
  refuses: "413 large",
};

const app = (port: number) =>
  `name: App
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Http.Proxy
metadata: { name: All }
upstream: http://127.0.0.1:${port}
timeout: 0
`;

async function passesOn(form: Form): Promise<void> {
  const service = createServer((socket) => {
    socket.on("error", () => {});
    // Connections are used again; what follows a head is the body of the same request.
    socket.on("data", (bytes) => {
      const [, name = ""] = /^(?:GET|POST) \/(\w+)/.exec(String(bytes)) ?? [];
      services[name]?.(socket);
    });
  }).listen(0, "127.0.0.1");
  // A test that fails must not wait for it.
  service.unref();
  await once(service, "listening");
  const { port } = service.address() as AddressInfo;
  const server = start(form, ["runtime.yaml"], { cwd: tempApp({ "runtime.yaml": app(port) }) });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/, 30_000);
  for (const [name, expected] of Object.entries(outcomes)) {
    const init = name === "refuses" ? { method: "POST", body: "x".repeat(300_000) } : {};
    const signal = AbortSignal.timeout(30_000);
    const response = await fetch(`${url}/${name}`, { ...init, signal });
    const text = await response.text().catch((error: Error) => {
      assert.notEqual(error.name, "TimeoutError", name);
      return BROKEN_OFF;
    });
    const message = text.startsWith("{") ? JSON.parse(text).error.message : text;
    assert.equal(text === BROKEN_OFF ? text : `${response.status} ${message}`, expected, name);
  }
  server.kill("SIGTERM");
  const ended = await server.exited;
  assertCode(ended, 0);
  assert.match(ended.stderr, /GET \/switches: http:\S+ failed: it switched to another protocol/);
  service.close();
}

describe("a proxy, and what the service behind it sends", () => {
  for (const form of forms) test(form.name, () => passesOn(form));
});
