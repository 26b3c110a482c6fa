/** What limits WebSockets: origins, sizes, numbers and times. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../../../testing.ts";
import { frame, handshake, openSocket, rawClient } from "../../websocket.ts";
import { route, startHttpApp } from "./http_app.ts";
import { ECHO, refusal, socket, start } from "./http_socket_app.ts";

test("only pages of the same or of listed origins may connect", async (t) => {
  const { url } = await start(t, "origins: [https://app.example]");
  const statusOf = async (origin: string) => {
    const client = rawClient(url, handshake(url, "/s", `Origin: ${origin}`));
    const [line] = (await client.until(/\r\n\r\n/)).split("\r\n");
    client.destroy();
    return Number(line!.split(" ")[1]);
  };
  const { host } = new URL(url);
  for (const good of [`http://${host}`, `https://${host}`, "https://app.example"]) {
    assert.equal(await statusOf(good), 101, good);
  }
  const bad = [
    "https://evil.example",
    `http://x.${host}`,
    "null",
    "https://app.example.evil",
    "%%",
  ];
  for (const origin of bad) assert.equal(await statusOf(origin), 403, origin);
});

test("limits: connections, sizes of messages, and messages that wait", async (t) => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => go = resolve);
  const { url } = await start(
    t,
    `maxConnections: 2\nmaxMessageBytes: 1KiB\n${ECHO}`,
    () => gate.then(() => null),
  );
  const first = await openSocket(`${url}/s`);
  const second = await openSocket(`${url}/s`);
  assert.equal(await refusal(`${url}/s`), "refused");
  first.socket.send("ü".repeat(513));
  assert.equal((await first.closed).code, 1009);
  for (let n = 0; n < 1_100; n++) second.socket.send("x");
  assert.equal((await second.closed).code, 1008);
  go();
});

test("a client that does not answer pings is disconnected", async (t) => {
  const clock = new TestClock();
  const { url } = await startHttpApp(t, route() + socket(""), { clock });
  const client = rawClient(url, handshake(url, "/s"));
  await client.until(/101 /);
  await client.untilRead();
  await clock.advance(30_000);
  await client.until(/\x89/);
  client.write(frame(10, ""));
  await client.untilRead();
  await clock.advance(30_000);
  await client.until(/\x89[^]*\x89/);
  await clock.advance(30_000);
  await client.closed;
});

test("a listener that is too slow gets an error instead of filling the memory", async (t) => {
  const { kernel } = await start(t, "");
  const messages = await kernel.execute("Http.Socket.S", { listen: "t" }) as AsyncIterable<unknown>;
  const iterator = messages[Symbol.asyncIterator]();
  for (let n = 0; n <= 1_000; n++) {
    await kernel.execute("Http.Socket.S", { topic: "t", message: n });
  }
  await assert.rejects(iterator.next(), /more than 1000 messages late/);
});

test("a handler that takes too long is answered with an error", async (t) => {
  const { url } = await start(
    t,
    `timeout: 20ms\n${ECHO}`,
    (_input, ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", resolve)),
  );
  const { socket: ws, next } = await openSocket(`${url}/s`);
  ws.send("late");
  assert.match(String(await next()), /"GATEWAY_TIMEOUT"/);
});
