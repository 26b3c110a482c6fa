/**
 * Takes the screenshots of the docs: starts examples from the sources, uses them, and opens their pages
 * or the inspector in a headless Chromium. Run it with the test runner, which cleans up after it:
 * `node --test scripts/screenshots.ts`. Look at every image before you commit it.
 */
import { cpSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { chromium, openPage, type Page } from "../tests/runtimes/browser.ts";
import { freePort, root, runtime, start, tempApp } from "../tests/runtimes/forms.ts";

const WIDE = { width: 1280, height: 760 };
const PHONE = { width: 390, height: 760 };

const fromSources = { name: "node mod.ts", command: [runtime("node"), `${root}mod.ts`] };

const browser = chromium() ?? missingBrowser();

function missingBrowser(): never {
  throw new Error("Screenshots need Chromium");
}

const text = "document.querySelector('main')?.innerText ?? ''";

test("the inspector", async () => {
  const folder = tempApp();
  cpSync(`${root}examples/orders`, folder, { recursive: true });
  const port = String(await freePort());
  const app = start(
    fromSources,
    ["run", "--watch", "--inspect", "."],
    { cwd: folder, env: { PORT: port, DATABASE_URL: `sqlite:${folder}/shop.db` } },
  );
  const [, address = ""] = await app.waitFor(/Inspector at (http:\S+?)"?\}?\s/);
  await app.waitFor(/Listening on http/);
  const page = await openPage(browser, address);
  await page.emulate(WIDE);
  const save = async (name: string) =>
    writeFileSync(`${root}docs/images/inspector-${name}.png`, await page.screenshot());
  const show = async (hash: string, condition: string) => {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.waitFor(condition);
  };

  await page.waitFor("document.querySelector('.node')");
  await useShop(`http://127.0.0.1:${port}`);
  // Rates differ after some seconds.
  await page.waitFor(
    "new Set([...document.querySelectorAll('.node .rate')].map((rate) => rate.textContent)).size > 3",
  );
  await page.evaluate("document.activeElement.blur()");
  await save("graph");
  await page.emulate({ ...WIDE, theme: "dark" });
  await save("graph-dark");
  await page.emulate(WIDE);
  await show("#/resources/Http.Route.PlaceOrder", `/Latest executions/.test(${text})`);
  await page.waitFor("document.querySelector('table a')");
  await save("resource");
  await page.evaluate(
    "document.querySelector('section[aria-label=\"Latest executions\"] a').click()",
  );
  await page.waitFor("document.querySelector('.note')");
  await save("execution");
  await openTry(page, show);
  await save("try");
  await show("#/events", "document.querySelectorAll('.table-body .row').length > 10");
  await page.evaluate("document.activeElement.blur()");
  await save("events");
  await show("#/state", `/Jobs[^]*Sql\\.Connection/.test(${text})`);
  await save("state");
  await page.emulate(PHONE);
  await show("#/executions", "document.querySelectorAll('.table-body .row').length > 10");
  await page.evaluate("document.activeElement.blur()");
  await save("phone");
  app.kill("SIGTERM");
  await app.exited;
});

test("the task list and its documentation", async () => {
  const app = start(fromSources, [`${root}examples/todo`], {
    env: { PORT: "0", DATABASE_URL: "sqlite::memory:" },
  });
  const [, address = ""] = await app.waitFor(/Listening on (http:[^\s"]+)/);
  const authorization = `Basic ${btoa("ada:correct horse")}`;
  const call = (method: string, path: string, body: unknown) =>
    fetch(`${address}/api/tasks${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  for (const title of ["Write the talk", "Book a train", "Water the plants"]) {
    await call("POST", "", { title });
  }
  await call("PUT", "/2/done", true);
  const page = await openPage(browser, address);
  await page.emulate({ width: 900, height: 480 });
  await page.waitFor("document.querySelector('#enter')?.hidden === false");
  await page.evaluate(`(() => {
    const form = document.querySelector("#enter");
    form.elements.name.value = "ada";
    form.elements.password.value = "correct horse";
    form.requestSubmit();
  })()`);
  await page.waitFor("document.querySelectorAll('li').length === 3");
  writeFileSync(`${root}docs/images/todo.png`, await page.screenshot());
  await page.emulate(WIDE);
  await page.evaluate(`location.href = "${address}/api/docs"`);
  const documented = "document.querySelector('rapi-doc')?.shadowRoot?.textContent ?? ''";
  await page.waitFor(`/Lists the tasks/.test(${documented})`);
  writeFileSync(`${root}docs/images/openapi.png`, await page.screenshot());
  app.kill("SIGTERM");
  await app.exited;
});

/** Orders some things, one of which is sold out in the end. */
async function useShop(address: string): Promise<void> {
  for (const item of ["book", "lamp", "piano", "book", "lamp", "book"]) {
    await fetch(`${address}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ item, quantity: 2, email: "ada@example.com" }),
    });
    await fetch(`${address}/orders/1`);
    await fetch(`${address}/stock`);
  }
}

/** Sends a request with the form. */
async function openTry(
  page: Page,
  show: (hash: string, condition: string) => Promise<void>,
): Promise<void> {
  await show("#/try/Http.Route.PlaceOrder", `/curl/.test(${text})`);
  await page.evaluate(`(() => {
    const values = { item: "lamp", quantity: "1", email: "bob@example.com" };
    for (const label of document.querySelectorAll("fieldset label")) {
      const field = label.querySelector("input");
      const [, value] = Object.entries(values)
        .find(([name]) => label.innerText.trim().startsWith(name));
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  })()`);
  await page.waitFor(`document.querySelector(".command pre").innerText.includes("lamp")`);
  await page.evaluate("document.querySelector('.try-form').requestSubmit()");
  await page.waitFor(`/"status": "placed"/.test(${text})`);
}
