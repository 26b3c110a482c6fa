import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpSocketApi } from "../../../src/contract/http_socket.ts";
import { inputError } from "../../../src/contract/input_schema.ts";
import type { DiglyModule } from "../../../src/contract/module.ts";
import { frame, handshake, openSocket, rawClient } from "../../websocket.ts";
import { loadHttpApp, route, startHttpApp } from "./http_app.ts";
import { ECHO, refusal, socket, start } from "./http_socket_app.ts";

test("messages are answered in order, text as text and bytes as bytes", async (t) => {
  const { url } = await start(t, ECHO, async (input) => {
    // A later message is not handled before an earlier one.
    if (input === "slow") await new Promise((resolve) => setTimeout(resolve, 20));
    if (input === "object") return { a: [1, null] };
    return input === "nothing" ? null : input;
  });
  const { socket, next } = await openSocket(`${url}/s`);
  for (const text of ["slow", "nothing", "object", "ü"]) socket.send(text);
  socket.send(new Uint8Array([0, 255]));
  assert.deepEqual([await next(), await next(), await next(), await next()], [
    "slow",
    '{"a":[1,null]}',
    "ü",
    [0, 255],
  ]);
});

test("handlers see the request, the socket, and how it closed", async (t) => {
  const seen: unknown[] = [];
  let close!: () => void;
  const closed = new Promise<void>((resolve) => close = resolve);
  const handler = (inputs = "") => `{ name: Test.Handler.echo${inputs} }`;
  const { url } = await startHttpApp(
    t,
    route() + socket(`protocols: [v1]
onOpen: ${handler()}
onMessage: ${handler(', inputs: { of: "${{ request.params.of }}", id: "${{ socket.id }}" }')}
onClose: ${handler(', inputs: "${{ close }}"')}`).replace("/s", "/s/:of"),
    {
      handle(input) {
        seen.push(input);
        if ((input as { code?: number }).code !== undefined) close();
        return null;
      },
    },
  );
  const client = await openSocket(`${url}/s/a%20b?q=1`, ["v0", "v1"]);
  assert.equal(client.socket.protocol, "v1");
  client.socket.send("x");
  client.socket.close(4001, "enough");
  await closed;
  const [opened, message, end] = seen as [
    { request: { params: unknown; query: unknown }; socket: { id: string; protocol: string } },
    unknown,
    unknown,
  ];
  assert.deepEqual(opened.request.params, { of: "a b" });
  assert.deepEqual(opened.request.query, { q: "1" });
  assert.equal(opened.socket.protocol, "v1");
  assert.deepEqual(message, { of: "a b", id: opened.socket.id });
  assert.deepEqual(end, { code: 4001, reason: "enough" });
});

test("handlers may be written in the socket", async (t) => {
  const script = (code: string) => `{ kind: JavaScript.Script, code: '${code}' }`;
  const { url } = await startHttpApp(
    t,
    route() + socket(`format: json
onOpen: ${script("const main = ({ socket }) => typeof socket.id;")}
onMessage: ${script("const main = ({ message, request }) => message + request.query.add;")}`),
    { imports: ["digly:javascript"] },
  );
  const { socket: client, next } = await openSocket(`${url}/s?add=2`);
  assert.equal(await next(), '"string"');
  client.send('"1"');
  assert.equal(await next(), '"12"');
});

test("invalid messages and failing handlers are answered, and the connection stays", async (t) => {
  const { url, logs } = await start(
    t,
    `format: json
schema:
  type: object
  required: [n]
  properties: { n: { type: integer }, more: { type: string, default: none } }
${ECHO}`,
    (input, ctx) => {
      if ((input as { n: number }).n === 1) throw new Error("secret reason");
      if ((input as { n: number }).n === 2) return new Response("x");
      if ((input as { n: number }).n === 3) return { f: () => ctx };
      return input;
    },
  );
  const { socket: ws, next } = await openSocket(`${url}/s`);
  const answer = async (data: string | Uint8Array<ArrayBuffer>) => {
    ws.send(data);
    return JSON.parse(String(await next())) as { error?: { code: string; message: string } };
  };
  const invalid = (path: string, message: string) => ({
    error: {
      code: "BAD_REQUEST",
      message: "The message is invalid",
      violations: [{ in: "message", path, message }],
    },
  });
  assert.deepEqual(await answer("{"), invalid("", "must be valid JSON"));
  assert.deepEqual(await answer(new Uint8Array([1])), invalid("", "must be text"));
  assert.deepEqual(await answer('{"n":"1"}'), invalid("n", "must be an integer"));
  assert.deepEqual(
    await answer('{"n":9007199254740993}'),
    invalid("n", "must be an exact integer"),
  );
  assert.deepEqual(
    await answer(`{"n":1,"x":${"[".repeat(200)}${"]".repeat(200)}}`),
    invalid("", "must not be nested more than 128 deep"),
  );
  for (const n of [1, 2, 3]) {
    const { error } = await answer(JSON.stringify({ n }));
    assert.equal(error?.code, "INTERNAL_ERROR");
  }
  assert.ok(logs.some(({ message }) => /^onMessage \/s failed: .*secret reason/.test(message)));
  assert.ok(logs.some(({ message }) => /over a WebSocket: it is a Response/.test(message)));
  assert.deepEqual(await answer('{"n":4}'), { n: 4, more: "none" });
});

test("clients join topics, and executing the socket sends, joins, leaves and closes", async (t) => {
  const { url, kernel } = await startHttpApp(
    t,
    route() + socket(`subscribe: ["room-\${{ request.query.room }}"]
onOpen: { name: Test.Handler.echo, inputs: "\${{ socket.id }}" }`),
  );
  const open = async (room: string) => {
    const client = await openSocket(`${url}/s?room=${room}`);
    return { ...client, id: String(await client.next()) };
  };
  const [a, b, c] = [await open("1"), await open("1"), await open("2")];
  const run = (input: unknown) => kernel.execute("Http.Socket.S", input);
  assert.equal(await run({ topic: "room-1", message: "one", except: a.id }), null);
  await run({ message: { to: "all" } });
  await run({ to: c.id, message: "only c" });
  await run({ to: a.id, leave: "room-1", join: ["room-2", "x"] });
  await run({ topic: "room-2", message: "two" });
  await run({ topic: "room-1", message: "one again" });
  await run({ topic: "nobody", message: "lost" });
  await run({ to: "gone", message: "lost", join: "x" });
  const all = '{"to":"all"}';
  assert.deepEqual([await a.next(), await a.next()], [all, "two"]);
  assert.deepEqual([await b.next(), await b.next(), await b.next()], ["one", all, "one again"]);
  assert.deepEqual([await c.next(), await c.next(), await c.next()], [all, "only c", "two"]);
  await run({ to: a.id, close: { code: 4000, reason: "bye" } });
  assert.deepEqual(await a.closed, { code: 4000, reason: "bye" });
  for (const bad of [{}, { join: "x" }, { message: "x", topics: "y" }, "text"]) {
    await assert.rejects(run(bad), { code: "ERR_INPUT_INVALID" });
  }
});

test("a topic is listened to over server-sent events, until the app stops", async (t) => {
  const { url, kernel } = await startHttpApp(
    t,
    `kind: Http.Route
metadata: { name: Feed }
request: { path: /feed }
handler: { name: Http.Socket.S, inputs: { listen: news } }
stream: sse
` + socket(""),
  );
  const response = await fetch(`${url}/feed`);
  await kernel.execute("Http.Socket.S", { topic: "news", message: { n: 1 } });
  await kernel.execute("Http.Socket.S", { topic: "other", message: { n: 2 } });
  const stopped = kernel.stop();
  assert.equal((await response.text()).replace(": waiting\n\n", ""), 'data: {"n":1}\n\n');
  await stopped;
});

test("streams are sent as messages, and stopped when the client leaves", async (t) => {
  let stop!: (aborted: boolean) => void;
  const stopped = new Promise<boolean>((resolve) => stop = resolve);
  const { url } = await start(t, ECHO, (_input, ctx) => {
    const { signal } = ctx;
    return (async function* () {
      try {
        for (let n = 0;; n++) {
          yield { n };
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        stop(signal.aborted);
      }
    })();
  });
  const client = await openSocket(`${url}/s`);
  client.socket.send("go");
  assert.deepEqual([await client.next(), await client.next()], ['{"n":0}', '{"n":1}']);
  client.socket.close();
  assert.equal(await stopped, true);
});

test("the result of onOpen is sent, and its failure closes the connection", async (t) => {
  const { url } = await start(
    t,
    'onOpen: { name: Test.Handler.echo, inputs: "${{ request.query.q }}" }',
    (input, ctx) => {
      if (input === "bad") throw inputError(ctx.urn, []);
      if (input === "broken") throw new Error("x");
      return input;
    },
  );
  assert.equal(await (await openSocket(`${url}/s?q=hello`)).next(), "hello");
  const bad = await openSocket(`${url}/s?q=bad`);
  assert.match(String(await bad.next()), /"code":"ERR_INPUT_INVALID"/);
  assert.deepEqual(await bad.closed, { code: 1008, reason: "ERR_INPUT_INVALID" });
  const broken = await openSocket(`${url}/s?q=broken`);
  assert.deepEqual(await broken.closed, { code: 1011, reason: "INTERNAL_ERROR" });
});

test("a stop says that the server goes away, and handles what was sent before", async (t) => {
  const handled: unknown[] = [];
  const { url, kernel } = await start(
    t,
    `${ECHO}\nonClose: { name: Test.Handler.echo, inputs: "\${{ close.code }}" }`,
    async (input) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      handled.push(input);
      return null;
    },
  );
  const client = rawClient(url, handshake(url, "/s"));
  await client.until(/101 /);
  client.write(frame(1, "a"));
  client.write(frame(1, "b"));
  await client.untilRead();
  const stopped = kernel.stop();
  await client.until(/\x88..\xe9The server is stopping/s);
  client.write(frame(8, [3, 0xe9]));
  await stopped;
  assert.deepEqual(handled, ["a", "b", 1001]);
});

test("middleware of the server and of the socket runs before the connection is opened", async (t) => {
  const { url } = await startHttpApp(
    t,
    route() + socket(`use: [Auth.ApiKey.Keys]
onOpen: { name: Test.Handler.echo, inputs: ["\${{ request.auth.name }}", "\${{ request.id }}"] }`) +
      `---
kind: Http.RequestId
metadata: { name: Id }
---
kind: Auth.ApiKey
metadata: { name: Keys }
query: key
keys: [{ name: ada, key: abc }]
`,
    { imports: ["digly:auth"], mounts: "use: [Http.RequestId.Id]" },
  );
  assert.equal(await refusal(`${url}/s`), "refused");
  const [name, id] = JSON.parse(String(await (await openSocket(`${url}/s?key=abc`)).next()));
  assert.equal(name, "ada");
  assert.match(id, /^[\w-]{36}$/);
});

test("other modules use its api", async (t) => {
  const module: DiglyModule = {
    name: "News",
    definitions: [{
      kind: "News.Desk",
      schema: {
        type: "object",
        properties: {
          socket: {
            type: "string",
            format: "digly-urn",
            "digly:kind": "Http.Socket",
            "digly:ready": true,
          },
        },
      },
    }],
    controllers: {
      "News.Desk": {
        create(resource, ctx) {
          const api = ctx.use<HttpSocketApi>(String(resource["socket"]));
          return {
            execute(id) {
              api.join(String(id), "news");
              api.publish("news", "first");
              api.publish(undefined, "second", { except: "nobody" });
              api.leave(String(id), "news");
              api.publish("news", "lost");
              api.send(String(id), "third");
              api.close(String(id));
              return null;
            },
          };
        },
      },
    },
  };
  const { url, kernel } = await startHttpApp(
    t,
    route() + socket('onOpen: { name: Test.Handler.echo, inputs: "${{ socket.id }}" }') +
      "---\nkind: News.Desk\nmetadata: { name: D }\nsocket: Http.Socket.S\n",
    { modules: [module] },
  );
  const client = await openSocket(`${url}/s`);
  await kernel.execute("News.Desk.D", await client.next());
  assert.deepEqual([await client.next(), await client.next(), await client.next()], [
    "first",
    "second",
    "third",
  ]);
  assert.equal((await client.closed).code, 1000);
});

test("what no client could use is refused before the boot", async () => {
  const refused = async (fields: string) => {
    const { kernel } = await loadHttpApp(route() + socket(fields));
    const error = await kernel.start().then(() => undefined, (thrown: unknown) => thrown as Error);
    await kernel.stop();
    return error?.message ?? "";
  };
  assert.match(await refused("origins: [app.example]"), /"app\.example" is not an origin/);
  assert.match(await refused("protocols: ['a b']"), /"a b" cannot be sent in a header/);
  assert.match(
    await refused("maxMessageBytes: 17MiB"),
    /must be from 1 byte to 16MiB/,
  );
  assert.match(await refused("schema: { type: object }"), /no text matches it/);
  assert.match(await refused("format: json\nschema: { type: nothing }"), /schema/);
  assert.match(await refused("ping: 0"), /`ping` must be/);
  assert.match(await refused("onMesage: Test.Handler.echo"), /onMessage/);
});
