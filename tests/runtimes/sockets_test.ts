/** WebSockets of `Http.Socket`, in every form: one process of each gets everything. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { frame, handshake, openSocket, rawClient } from "../websocket.ts";
import { type Form, forms, root, start, tempApp } from "./forms.ts";

const app = tempApp({
  "runtime.yaml": `name: Sockets
imports: [digly:http, digly:javascript, digly:auth]
---
kind: Http.Server
metadata: { name: Main }
port: 0
use: [Http.RequestId.Main]
---
kind: Http.Server
metadata: { name: Secure }
port: 0
tls: { cert: ${root}tests/runtimes/certificates/one.crt, key: ${root}tests/runtimes/certificates/one.key }
mounts: [{ path: /v1, type: Http.Socket.Chat }]
---
kind: Http.RequestId
metadata: { name: Main }
---
kind: Auth.ApiKey
metadata: { name: Keys }
query: key
keys: [{ name: ada, key: abc }, { name: bob, key: def }]
---
kind: Http.Socket
metadata: { name: Chat }
path: /rooms/:room
use: [Auth.ApiKey.Keys]
format: json
schema: { type: object, required: [text], properties: { text: { type: string } } }
protocols: [chat.v1]
subscribe: ["\${{ request.params.room }}"]
onOpen: { name: JavaScript.Script.Welcome, inputs: "\${{ request.auth.name }}" }
onMessage:
  name: Http.Socket.Chat
  inputs:
    topic: "\${{ request.params.room }}"
    message: { from: "\${{ request.auth.name }}", text: "\${{ message.text }}" }
onClose: { name: JavaScript.Script.Left, inputs: "\${{ request.auth.name + ' ' + string(close.code) }}" }
---
kind: Http.Socket
metadata: { name: Echo }
path: /echo
maxMessageBytes: 1KiB
maxBufferedBytes: 64KiB
subscribe: [all]
onMessage: { name: JavaScript.Script.Echo, inputs: "\${{ message }}" }
---
kind: JavaScript.Script
metadata: { name: Welcome }
code: "const main = (name) => ({ welcome: name })"
---
kind: JavaScript.Script
metadata: { name: Left }
code: "const main = (text, ctx) => ctx.log.info('left: ' + text)"
---
kind: JavaScript.Script
metadata: { name: Echo }
code: |
  function main(message) {
    if (message !== "count") return message;
    return (async function* () { for (let n = 0; n < 3; n++) yield { n }; })();
  }
---
kind: JavaScript.Script
metadata: { name: Flood }
code: |
  async function main(_, ctx) {
    for (let n = 0; n < 16; n++) {
      await ctx.execute("Http.Socket.Echo", { topic: "all", message: "x".repeat(1048576) });
    }
  }
---
kind: Http.Route
metadata: { name: Say }
request: { method: POST, path: "/rooms/:room/messages" }
handler:
  name: Http.Socket.Chat
  inputs: { topic: "\${{ request.params.room }}", message: "\${{ request.body }}" }
---
kind: Http.Route
metadata: { name: Feed }
request: { path: "/rooms/:room/messages" }
handler: { name: Http.Socket.Chat, inputs: { listen: "\${{ request.params.room }}" } }
stream: sse
---
kind: Http.Route
metadata: { name: Flood }
request: { method: POST, path: /flood }
handler: JavaScript.Script.Flood
`,
});

/** The status and the body of the answer to a request for a WebSocket. */
async function refusal(url: string, lines: readonly string[]): Promise<[number, string]> {
  const client = rawClient(url, lines);
  const answer = await client.until(/\r\n\r\n.*\}\s*$/s);
  client.destroy();
  return [Number(answer.split(" ")[1]), answer];
}

async function serves(form: Form): Promise<void> {
  const server = start(form, ["run", app, "--log-format", "text"]);
  const [, url] = await server.waitFor(/Listening on (http:\S+)/) as unknown as [string, string];
  const [, secure] = await server.waitFor(/Listening on (https:\S+)/) as unknown as [
    string,
    string,
  ];

  // Two clients and an EventSource in a room.
  const ada = await openSocket(`${url}/rooms/a?key=abc`, ["chat.v0", "chat.v1"]);
  assert.equal(ada.socket.protocol, "chat.v1");
  assert.equal(await ada.next(), '{"welcome":"ada"}');
  const bob = await openSocket(`${url}/rooms/a?key=def`);
  assert.equal(await bob.next(), '{"welcome":"bob"}');
  const feed = await fetch(`${url}/rooms/a/messages`);
  bob.socket.send('{"text":"hi"}');
  const hi = '{"from":"bob","text":"hi"}';
  assert.deepEqual([await ada.next(), await bob.next()], [hi, hi]);
  const reader = feed.body!.getReader();
  let events = "";
  while (!events.includes("data:")) {
    events += new TextDecoder().decode((await reader.read()).value);
  }
  assert.ok(events.includes(`data: ${hi}\n\n`), events);
  await reader.cancel();
  const posted = await fetch(`${url}/rooms/a/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"from":"http"}',
  });
  assert.equal(posted.status, 204);
  assert.equal(await ada.next(), '{"from":"http"}');
  ada.socket.send("{}");
  assert.match(String(await ada.next()), /"The message is invalid".*"path":"text"/);
  bob.socket.close(4000, "bye");
  assert.equal((await bob.closed).code, 4000);
  await server.waitFor(/left: bob 4000/);

  // Text, bytes and streams.
  const echo = await openSocket(`${url}/echo`);
  for (const message of ["ü", new Uint8Array([0, 255]), "count"]) echo.socket.send(message);
  const answers = [];
  for (let n = 0; n < 5; n++) answers.push(await echo.next());
  assert.deepEqual(answers, ["ü", [0, 255], '{"n":0}', '{"n":1}', '{"n":2}']);
  echo.socket.close();

  // Requests that do not open a WebSocket.
  const { host } = new URL(url);
  const refused: [lines: string[], status: number, body: RegExp][] = [
    [handshake(url, "/rooms/a"), 401, /UNAUTHORIZED[^]*$/],
    [[`GET /echo HTTP/1.1`, `Host: ${host}`], 426, /upgrade: websocket[^]*UPGRADE_REQUIRED/i],
    [handshake(url, "/rooms/a/messages"), 400, /does not accept WebSockets/],
    [handshake(url, "/none"), 404, /NOT_FOUND/],
    [handshake(url, "/echo", "Origin: https://evil.example"), 403, /FORBIDDEN/],
    [handshake(url, "/echo").map((line) => line.replace(": 13", ": 8")), 426, /version: 13/i],
    [handshake(url, "/echo").map((line) => line.replace(/Key: .*/, "Key: x")), 400, /Key/],
    [handshake(url, "/rooms/a?key=abc", "Sec-WebSocket-Protocol: x"), 400, /chat\.v1/],
    [[`GET /none HTTP/1.1`, `Host: ${host}`, "Upgrade: h2c", "Connection: Upgrade"], 404, /NOT/],
  ];
  for (const [lines, status, body] of refused) {
    const [code, answer] = await refusal(url, lines);
    assert.equal(code, status, answer);
    assert.match(answer, body);
  }

  // Headers that are too large, which Deno refuses only beyond 64 KiB, with 400.
  if (!form.name.startsWith("deno")) {
    const oversized = rawClient(url, handshake(url, "/echo", `X-Large: ${"x".repeat(20_000)}`));
    await oversized.until(/^HTTP\/1\.1 431 /);
    oversized.destroy();
  }

  // A client may send its handshake before an earlier request is answered.
  const earlier = ["GET /nothing HTTP/1.1", `Host: ${new URL(url).host}`, ""];
  const pipelined = rawClient(url, [...earlier, ...earlier, ...handshake(url, "/echo")]);
  await pipelined.until(/^HTTP\/1\.1 404 .*HTTP\/1\.1 404 .*HTTP\/1\.1 101 /s);
  await pipelined.untilRead();
  pipelined.destroy();

  // Frames that break the protocol end the connection, and nothing else.
  const bad: Uint8Array[] = [
    frame(1, [0xff, 0xfe]),
    frame(1, "a", { flags: 12 }),
    frame(3, "a"),
    frame(9, "a", { flags: 0 }),
    frame(0, "a"),
    frame(8, [0, 1]),
  ];
  await Promise.all(bad.map(async (bytes) => {
    const client = rawClient(url, handshake(url, "/echo"));
    await client.until(/\r\n\r\n/);
    client.write(bytes);
    await client.closed;
  }));
  const large = rawClient(url, handshake(url, "/echo"));
  await large.until(/\r\n\r\n/);
  large.write(frame(1, "x".repeat(1_025)));
  await large.until(/\x88..\xf1/s);
  large.destroy();

  // A client that does not read is disconnected instead of filling the memory.
  const slow = rawClient(url, handshake(url, "/echo"));
  await slow.until(/\r\n\r\n/);
  slow.pause();
  assert.equal((await fetch(`${url}/flood`, { method: "POST" })).status, 204);
  slow.resume();
  await slow.until(/\x88..\xf5The client is too slow/s);
  slow.destroy();

  // TLS, below a mount.
  const encrypted = rawClient(secure, handshake(secure, "/v1/rooms/b?key=abc"));
  await encrypted.until(/101 [^]*\{"welcome":"ada"\}/);
  encrypted.destroy();
  await server.waitFor(/left: ada 1006/);

  server.kill("SIGTERM");
  assert.deepEqual(await ada.closed, { code: 1001, reason: "The server is stopping" });
  const { code, stderr } = await server.exited;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /left: ada 1001/);
  assert.doesNotMatch(stderr, /^(warn|error)/m);
}

for (const form of forms) {
  describe(form.name, () => {
    test("serves WebSockets", () => serves(form));
  });
}
