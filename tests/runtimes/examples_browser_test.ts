/** The pages of the examples, used as people use them, in a browser. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { install } from "../servers/debian.ts";
import { openSocket } from "../websocket.ts";
import { chromium, openPage, type Page } from "./browser.ts";
import { freePort, root, singleFile, start } from "./forms.ts";

/** Serves an example while a page of it is used. */
async function browsing(
  example: string,
  env: Readonly<Record<string, string>>,
  use: (page: Page, address: string) => Promise<void>,
): Promise<void> {
  const port = String(await freePort());
  const app = start(singleFile, [`${root}examples/${example}`], { env: { ...env, PORT: port } });
  await app.waitFor(/Listening on http/, 60_000);
  const address = `http://127.0.0.1:${port}`;
  const page = await openPage(chromium()!, address);
  // Its scripts have run by then.
  await page.waitFor("document.title !== '' && document.readyState === 'complete'");
  await use(page, address);
  assert.deepEqual(page.messages, []);
  const others = page.requests.filter((url) => !url.startsWith(address) && !/^data:/.test(url));
  assert.deepEqual(others, []);
  app.kill("SIGTERM");
  assert.equal((await app.exited).code, 0, app.stderr());
}

/** Fills in a form and sends it. */
function fill(form: string, fields: Readonly<Record<string, string>>): string {
  return `(() => {
    const form = document.querySelector(${JSON.stringify(form)});
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      form.elements[name].value = value;
    }
    form.requestSubmit();
  })()`;
}

const skip = install(() => chromium() !== undefined, "chromium");

describe("the examples in a browser", { skip }, () => {
  test("todo", () =>
    browsing("todo", { DATABASE_URL: "sqlite::memory:" }, async (page, address) => {
      const tasks =
        "[...document.querySelectorAll('li')].map((item) => item.innerText.split('\\n')[0])";
      const has = (...titles: string[]) =>
        page.waitFor(`JSON.stringify(${tasks}) === ${JSON.stringify(JSON.stringify(titles))}`);
      await page.waitFor("document.querySelector('#enter')?.hidden === false");
      await page.evaluate(fill("#enter", { name: "ada", password: "correct horse" }));
      await page.waitFor("!document.querySelector('#tasks').hidden");
      await page.evaluate(fill("#add", { title: "Buy <b>milk</b>" }));
      await has("Buy <b>milk</b>");
      await page.evaluate(fill("#add", { title: "Write" }));
      await has("Buy <b>milk</b>", "Write");
      await page.evaluate("document.querySelector('li input').click()");
      await page.waitFor("document.querySelector('#left').textContent === '1 of 2 left'");
      await page.evaluate("document.querySelectorAll('li button')[1].click()");
      await has("Buy <b>milk</b>");
      await page.evaluate("location.reload()");
      await has("Buy <b>milk</b>");
      assert.equal(await page.evaluate("document.querySelector('li input').checked"), true);
      await page.evaluate("document.querySelector('#leave').click()");
      await page.evaluate(fill("#enter", { name: "bob", password: "battery staple" }));
      await page.waitFor("!document.querySelector('#tasks').hidden");
      await has();
      // A path of the app that is not a file, and the documentation.
      await page.evaluate(`location.href = "${address}/anything"`);
      await page.waitFor("document.title === 'Tasks' && !document.querySelector('#tasks').hidden");
      await page.evaluate(`location.href = "${address}/api/docs"`);
      await page.waitFor(
        "document.querySelector('rapi-doc')?.shadowRoot?.textContent.includes('Lists the tasks')",
      );
    }));

  test("chat", () =>
    browsing("chat", {}, async (page, address) => {
      const bob = await openSocket(`${address}/rooms/tea/socket?name=Bob`);
      await page.evaluate(fill("#join", { name: "Ada", room: "tea" }));
      await page.waitFor("document.querySelector('#state').textContent === 'Connected'");
      await page.evaluate(fill("#say", { text: "Hello <i>" }));
      while (await bob.next() !== '{"from":"Ada","text":"Hello <i>"}');
      bob.socket.send('{"text":"Hi Ada"}');
      const last = "document.querySelector('li:last-child')?.textContent";
      await page.waitFor(`${last} === "Bob Hi Ada"`);
      bob.socket.close();
      await page.waitFor(`${last} === "Bob has left"`);
      const count = await page.evaluate("document.querySelectorAll('li').length");
      assert.equal(count, 4);
    }));
});
