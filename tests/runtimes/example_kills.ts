/** Examples that store what they are told: the single executable is killed in the middle. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { assertCode, type Form, root, type Running, singleFile, start, tempApp } from "./forms.ts";

/** Starts an example on a free port. */
async function startExample(
  form: Form,
  example: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly app: Running; readonly address: string }> {
  const app = start(form, [`${root}examples/${example}`], { env: { PORT: "0", ...env } });
  const [, address] = await app.waitFor(/Listening on (http[^\s"]+)/, 60_000);
  return { app, address: address! };
}

function postJson(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Makes links; the single executable is killed while it does, and has not lost any. */
export async function shortening(form: Form): Promise<void> {
  const env = { STORE_URL: `sqlite:${tempApp()}/links.db` };
  let { app, address } = await startExample(form, "url-shortener", env);
  const links = new Map<string, string>();
  const shorten = async (n: number) => {
    const url = `https://example.com/${n}`;
    const response = await postJson(`${address}/links`, { url });
    if (response.status === 201) links.set(response.headers.get("location")!, url);
    await response.body?.cancel();
    return response;
  };
  assert.equal((await postJson(`${address}/links`, { url: "javascript:alert(1)" })).status, 400);
  if (form === singleFile) {
    const all = Array.from({ length: 40 }, async (_, n) => {
      await shorten(n).catch(() => {}); // the connection is lost
      if (links.size === 10) app.kill("SIGKILL");
    });
    await Promise.all(all);
    await app.exited;
    ({ app, address } = await startExample(form, "url-shortener", env));
  }
  await shorten(100);
  for (const [path, url] of links) {
    const response = await fetch(address + path, { redirect: "manual" });
    assert.deepEqual([response.status, response.headers.get("location")], [302, url]);
  }
  const [[path, url]] = links as unknown as [[string, string]];
  const visits = await fetch(`${address}/links${path}`);
  assert.deepEqual(await visits.json(), { url, visits: 1 });
  assert.equal((await fetch(`${address}/none`)).status, 404);
  let response: Response;
  do response = await shorten(101); while (response.status === 201);
  assert.equal(response.status, 429);
  app.kill("SIGTERM");
  assertCode(await app.exited, 0);
}

/** Reads two feeds; the single executable is killed while it waits for the second one. */
export async function readingFeeds(form: Form): Promise<void> {
  const items = Array.from(
    { length: 30 },
    (_, n) => `<item><title>No. ${n} &amp; more</title><link>https://a.example/${n}</link></item>`,
  );
  const entry =
    `<entry><id>tag:b,1</id><title><![CDATA[<b>]]></title><link href="https://b.example/1"/></entry>`;
  const requests = { "/one": 0, "/two": 0 };
  let isStuck: (() => void) | undefined;
  const stuck = new Promise<void>((resolve) => isStuck = resolve);
  const feeds = createServer(({ url }, response) => {
    const count = ++requests[url as keyof typeof requests];
    if (url === "/two" && count === 1 && form === singleFile) return isStuck!();
    response.setHeader("content-type", "application/xml");
    response.end(url === "/one" ? `<rss>${items.join("")}</rss>` : `<feed>${entry}</feed>`);
  });
  await new Promise<void>((resolve) => feeds.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(feeds.address() as { port: number }).port}`;
  const env = { DATABASE_URL: `sqlite:${tempApp()}/feeds.db`, EVERY: "300ms" };
  try {
    let { app, address } = await startExample(form, "feeds", env);
    for (const path of Object.keys(requests)) {
      assert.equal((await postJson(`${address}/feeds`, { url: origin + path })).status, 201);
    }
    if (form === singleFile) {
      await stuck;
      app.kill("SIGKILL");
      await app.exited;
      ({ app, address } = await startExample(form, "feeds", env));
    }
    const list = async () =>
      await (await fetch(`${address}/entries?limit=1000`)).json() as { title: string }[];
    const end = Date.now() + 60_000;
    const until = async (isDone: () => boolean | Promise<boolean>) => {
      while (!await isDone()) {
        assert.ok(Date.now() < end, `${JSON.stringify(requests)}\n${app.stderr()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until(async () => (await list()).length === 31);
    const before = requests["/one"];
    await until(() => requests["/one"] >= before + 2);
    const entries = await list();
    assert.equal(entries.length, 31);
    assert.deepEqual(entries.filter(({ title }) => title === "No. 7 & more").length, 1);
    assert.equal(entries.at(-1)!.title, "<b>");
    app.kill("SIGTERM");
    assertCode(await app.exited, 0);
  } finally {
    feeds.close();
    feeds.closeAllConnections();
  }
}

/** Places orders; the single executable is killed while it charges for them, and fulfils each once. */
export async function fulfillingOrders(form: Form): Promise<void> {
  const charges = new Map<string, number>();
  let isStuck: (() => void) | undefined;
  const stuck = new Promise<void>((resolve) => isStuck = resolve);
  const payments = createServer(async (request, response) => {
    const key = String(request.headers["idempotency-key"]);
    charges.set(key, (charges.get(key) ?? 0) + 1);
    const { amount } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    if (charges.size === 4 && charges.get(key) === 1 && form === singleFile) return isStuck!();
    response.statusCode = amount > 100_000 ? 402 : 201;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: `charge of ${key}` }));
  });
  await new Promise<void>((resolve) => payments.listen(0, "127.0.0.1", resolve));
  const { port } = payments.address() as { port: number };
  const env = {
    DATABASE_URL: `sqlite:${tempApp()}/shop.db`,
    PAYMENTS_URL: `http://127.0.0.1:${port}`,
  };
  try {
    let { app, address } = await startExample(form, "orders", env);
    const place = (item: string, quantity: number) =>
      postJson(`${address}/orders`, { item, quantity, email: "ada@example.com" });
    const placed = await Promise.all([
      ...Array.from({ length: 8 }, () => place("book", 2)),
      place("piano", 1),
    ]);
    assert.deepEqual(placed.map(({ status }) => status), placed.map(() => 201));
    assert.equal((await place("piano", 2)).status, 409);
    if (form === singleFile) {
      await stuck;
      app.kill("SIGKILL");
      await app.exited;
      ({ app, address } = await startExample(form, "orders", env));
    }
    const list = async (path: string) => await (await fetch(address + path)).json() as unknown[];
    const end = Date.now() + 60_000;
    while ((await list("/mails")).length < placed.length) {
      assert.ok(Date.now() < end, `${JSON.stringify([...charges])}\n${app.stderr()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const orders = await Promise.all(
      placed.map(async ({ headers }) =>
        await (await fetch(address + headers.get("location"))).json() as Record<string, unknown>
      ),
    );
    for (const { id, item, status, payment } of orders) {
      assert.equal(status, item === "piano" ? "declined" : "shipped");
      assert.equal(payment, `charge of order-${id}`);
    }
    assert.equal(charges.size, placed.length);
    assert.deepEqual(await list("/stock"), [
      { name: "book", price: 1500, stock: 84 },
      { name: "lamp", price: 4900, stock: 20 },
      { name: "piano", price: 500000, stock: 2 },
    ]);
    assert.equal((await list("/mails")).length, placed.length);
    const kills = form === singleFile ? 1 : 0;
    assert.ok(
      [...charges.values()].every((count) => count <= 1 + kills),
      "an order is charged once",
    );
    app.kill("SIGTERM");
    assertCode(await app.exited, 0);
  } finally {
    payments.close();
    payments.closeAllConnections();
  }
}
