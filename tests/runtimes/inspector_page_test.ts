/**
 * The page of the inspector in a browser: every view of an app with 5,000 resources, under load, with
 * failing executions, a reload with a mistake, a wrong token, and without the app.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { after, before, describe, test } from "node:test";
import { install } from "../servers/debian.ts";
import { chromium, openPage, type Page } from "./browser.ts";
import { freePort, root, type Running, singleFile, start, tempApp } from "./forms.ts";
import { APP } from "./inspector_page_app.ts";

const TYPES = 4_990;

/** Resources that do nothing but be many. */
function types(): string {
  return Array.from(
    { length: TYPES },
    (_, index) => `---\nkind: Data.Type\nmetadata: { name: T${index} }\nschema: { type: string }\n`,
  ).join("");
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** The status of a response whose body is read. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    }).once("error", reject);
  });
}

const text = (selector: string) => `document.querySelector(${JSON.stringify(selector)})?.innerText`;
const quote = (value: unknown) => JSON.stringify(value);

/** Clicks the first button or link with this text. */
const click = (label: string) =>
  `[...document.querySelectorAll("button, a, summary")]
    .find((element) => element.innerText.trim() === ${quote(label)}).click()`;

/** Types into the field with this label. */
const fill = (label: string, value: string) =>
  `(() => {
    const byText = [...document.querySelectorAll("label")]
      .find((element) => element.innerText.trim().startsWith(${quote(label)}))
      ?.querySelector("input, textarea, select");
    const field = byText ?? document.querySelector('main [aria-label=${quote(label)}]');
    field.value = ${quote(value)};
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  })()`;

const skip = install(() => chromium() !== undefined, "chromium");

describe("the page of the inspector", { skip }, () => {
  const folder = tempApp({ "runtime.yaml": APP + types() });
  let port: string;
  let app: Running;
  let address: string;
  let page: Page;

  /** Starts the app; gives the address of its inspector with the token. */
  async function startApp(inspectPort: string): Promise<string> {
    app = start(
      singleFile,
      ["run", folder, "--watch", "--inspect", "--inspect-port", inspectPort],
      { env: { PORT: port } },
    );
    const [, url] = await app.waitFor(/Inspector at (http:\S+?)"?\}?\s/, 60_000);
    await app.waitFor(/Listening on http/, 60_000);
    return url!;
  }

  const show = async (hash: string, condition: string) => {
    await page.evaluate(`location.hash = ${quote(hash)}`);
    await page.waitFor(condition);
  };

  /** Fails unless the view that is shown satisfies the rules of accessibility, contrast included. */
  async function assertAccessible(view: string): Promise<void> {
    const violations = await page.evaluate(`axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }).then(({ violations }) => violations.map(({ id, nodes }) =>
      id + ": " + nodes.slice(0, 3).map(({ html, failureSummary }) =>
        html.slice(0, 200) + " " + failureSummary).join(" | ")))`);
    assert.deepEqual(violations, [], view);
    const isWide = "document.documentElement.scrollWidth > innerWidth";
    assert.equal(await page.evaluate(isWide), false, `${view} is wider than the screen`);
  }

  before(async () => {
    port = String(await freePort());
    address = await startApp(String(await freePort()));
    page = await openPage(chromium()!, address.replace(/token=.*/, "token=wrong"));
    await page.emulate({ width: 1280, height: 800 });
  });

  after(async () => {
    agent.destroy();
    app.kill("SIGTERM");
    await app.exited;
  });

  test("is not shown to who has a wrong token", async () => {
    await page.waitFor(`/token/i.test(document.body.innerText)`);
    assert.equal(await page.evaluate("document.querySelector('main')"), null);
  });

  test("shows a graph of 5,000 resources as groups that open", async () => {
    await page.evaluate(`location.href = ${quote(address)}`);
    await page.waitFor(`/5,000|4,99\\d/.test(${text(".graph-view .bar")})`);
    await page.evaluate(readFileSync(`${root}node_modules/axe-core/axe.min.js`, "utf8") + ";true");
    assert.equal(await page.evaluate("location.search"), "", "the token is not in the address");
    const label = (name: string) =>
      `[...document.querySelectorAll(".node .name")].some((node) => node.textContent === ${
        quote(name)
      })`;
    await page.waitFor(label("Data"));
    await assertAccessible("graph");
    // With the keyboard alone: to the group of data types, into it, and into its kind.
    await page.evaluate("document.querySelector('.canvas').focus()");
    const down = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"];
    const up = ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight"];
    for (const key of ["ArrowRight", ...down, ...up, ...down]) {
      await page.press(key);
      await page.waitFor("document.querySelector('.panel')");
      if (await page.evaluate(`${text(".panel strong")} === "Data"`)) break;
    }
    assert.equal(await page.evaluate(text(".panel strong")), "Data");
    await page.press("Enter");
    await page.waitFor(label("Data.Type"));
    await page.press("ArrowRight");
    await page.evaluate(`(() => {
      const node = [...document.querySelectorAll(".node")]
        .find((node) => node.textContent.includes("Data.Type"));
      const { x, y, width, height } = node.getBoundingClientRect();
      const place = { clientX: x + width / 2, clientY: y + height / 2, bubbles: true };
      document.querySelector(".canvas").dispatchEvent(new MouseEvent("click", { ...place, detail: 2 }));
    })()`);
    // All of them at once are drawn as one shape.
    await page.waitFor(
      `document.querySelector(".many-nodes")?.getAttribute("d").split("M").length > ${TYPES}`,
    );
    await page.evaluate(fill("Search the graph", "Script.Price"));
    await page.waitFor(label("Price"));
    const names = "[...document.querySelectorAll('.node .name')].map((node) => node.textContent)";
    await page.waitFor(`${names}.includes("Ping") && !${names}.includes("T1")`);
  });

  test("shows a resource", async () => {
    await show("#/resources", `document.querySelectorAll(".table-body .row").length > 10`);
    // Only what is visible exists.
    assert.ok(
      await page.evaluate(`document.querySelectorAll(".table-body .row").length`) as number < 80,
    );
    await assertAccessible("resources");
    await page.evaluate(fill("Search resources", "script.order"));
    await page.waitFor(`document.querySelectorAll(".table-body .row").length === 1`);
    await page.evaluate(`document.querySelector(".table").focus()`);
    await page.press("j");
    await page.press("Enter");
    await page.waitFor(`${text("h1")} === "Order JavaScript.Script"`);
    await page.waitFor(`${text(".source")}.includes("inputSchema: { item: string")`);
    assert.match(String(await page.evaluate(text("main"))), /used by\s+Http\.Route\.Order/);
    await assertAccessible("resource");
  });

  test("executes a resource, and shows the value of every expression", async () => {
    await show("#/try/Http.Route.Order", `/curl/.test(${text("main")})`);
    await page.evaluate(fill("item", "tea"));
    await page.evaluate(fill("quantity", "3"));
    await page.waitFor(`${text(".command pre")}.endsWith("${port}/orders/tea")`);
    await page.evaluate(click("Send"));
    await page.waitFor(`/"total": 9/.test(${text("main")})`);
    await assertAccessible("request");
    await page.evaluate(click("Steps and expressions"));
    const note = (line: string) =>
      `[...document.querySelectorAll(".source li")].some((line) =>
        line.innerText.includes(${quote(line)}))`;
    await page.waitFor(note('request.params.item = "tea"'));
    await page.waitFor(note("request.body.quantity = 3"));
    const steps =
      "[...document.querySelectorAll('.waterfall .step')].map((step) => step.textContent)";
    assert.deepEqual(await page.evaluate(steps), [
      "Http.Route.Order",
      "JavaScript.Script.Order",
      "JavaScript.Script.Price",
    ]);
    await page.evaluate("document.querySelector('.waterfall button').focus()");
    for (const [key, step] of [["j", 1], ["End", 2], ["Home", 0]] as const) {
      await page.press(key);
      await page.waitFor(
        `document.querySelectorAll(".waterfall button")[${step}].matches(":focus[aria-pressed=true]")`,
      );
    }
    await assertAccessible("execution");
  });

  test("has a form for every route of an api", async () => {
    await show("#/try/Http.Api.Cups", `document.querySelectorAll(".route").length === 2`);
    assert.match(String(await page.evaluate(text(".route"))), /GET \/cups\/:size\s+Finds cups/);
    await page.evaluate("document.querySelector('.route > summary').click()");
    await page.waitFor(`/curl/.test(document.querySelector(".route")?.innerHTML)`);
    await page.evaluate(fill("size", "xl"));
    await page.evaluate(fill("full", "true"));
    await page.waitFor(`${text(".command pre")}.endsWith("/cups/xl?full=true'")`);
    await assertAccessible("routes");
    await page.evaluate(click("Send"));
    await page.waitFor(`/"full": true/.test(${text("main")})`);
  });

  test("shows a failure with its place, replays it with another input, and saves it as a test", async () => {
    await show("#/try/JavaScript.Script.Order", `/Edit as JSON/.test(${text("main")})`);
    await page.evaluate(fill("item", "piano"));
    await page.evaluate(fill("quantity", "two"));
    await page.waitFor(`/Must be an integer|Must be a number/.test(${text("main")})`);
    await page.evaluate(fill("quantity", "2"));
    await page.waitFor(
      `${text(".command pre")} ===
        'digly exec . JavaScript.Script.Order --input \\'{"item":"piano","quantity":2}\\''`,
    );
    await page.evaluate(click("Execute"));
    await page.waitFor(`/Nobody sells a piano/.test(${text(".problem")})`);
    await page.evaluate(click("Steps and expressions"));
    await page.waitFor(`document.querySelectorAll(".waterfall .failed").length === 2`);
    await page.evaluate(click("Replay"));
    await page.waitFor(
      `document.querySelector('input[value="piano"], .field input')?.value === "piano"`,
    );
    await page.evaluate(fill("item", "cup"));
    await page.evaluate(click("Execute"));
    await page.waitFor(`/"total": 6/.test(${text("main")})`);
    await page.evaluate(click("Steps and expressions"));
    await page.waitFor(`/Save as test/.test(${text("main")})`);
    await page.evaluate(click("Save as test"));
    await page.waitFor(`/kind: Test.Case/.test(${text("dialog pre")})`);
    await page.evaluate(click("Save"));
    await page.waitFor(
      `/Written to \\S+\\/order_works.test.yaml/.test(${text("dialog [role=status]")})`,
    );
    assert.match(readFileSync(`${folder}/order_works.test.yaml`, "utf8"), /'total': 6/);
    await assertAccessible("a saved test");
    await page.evaluate(click("Close"));
    await show("#/executions", `document.querySelector(".row.failed")`);
    await assertAccessible("executions");
  });

  test("stays usable and bounded under load", async () => {
    const url = `http://127.0.0.1:${port}/ping`;
    const seen = "document.querySelectorAll('.table-body .row').length";
    await show("#/executions?resource=Http.Route.Ping", `${text(".bar")}.includes("execution")`);
    const statuses = new Set<number>();
    for (let batch = 0; batch < 25; batch++) {
      const answers = await Promise.all(Array.from({ length: 60 }, () => statusOf(url)));
      for (const status of answers) statuses.add(status);
    }
    assert.deepEqual([...statuses], [200]);
    await page.waitFor(`${seen} > 5`);
    const shown = await page.evaluate(`Number(/^\\d+/.exec(${text(".bar [role=status]")})[0])`);
    assert.ok(shown as number <= 500, `${shown} executions are kept`);
    await show("#/graph?q=Price", `document.querySelector(".node")`);
    await page.waitFor(
      `/\\d/.test(document.querySelector(".node .rate, .edge text")?.textContent)`,
    );
  });

  test("shows events and log lines, filtered, paused and exported", async () => {
    const rows = "[...document.querySelectorAll('.table-body .row')].map((row) => row.innerText)";
    await show("#/events", `${rows}.length > 5`);
    const first =
      "document.querySelector('.table-body .row [role=gridcell]:nth-child(2)').innerText";
    const name = String(await page.evaluate(first));
    await page.evaluate(fill("Search", name));
    await page.waitFor(
      `${rows}.length > 0 && ${rows}.every((row) => row.includes(${quote(name)}))`,
    );
    await page.evaluate(fill("Resource", "no such resource"));
    await page.waitFor(`/Nothing matches the filters/.test(${text(".table")})`);
    await assertAccessible("events");
    await show("#/events?list=logs&text=Ordered", `${rows}.some((row) => row.includes("Ordered"))`);
    await page.evaluate(`document.querySelector(".table-body .row").click()`);
    await page.waitFor(`/"item": "cup"/.test(${text(".panel")})`);
    await page.waitFor(`${text(".bar")}.includes("Continue")`);
    await page.press("Escape");
    await page.waitFor("document.querySelector('.panel') === null");
    assert.equal(await page.evaluate("document.activeElement.className"), "table");
    await page.evaluate(`URL.createObjectURL = (blob) => {
      blob.text().then((text) => window.exported = text);
      return "data:,";
    }`);
    await page.evaluate(click("Export"));
    await page.waitFor("window.exported");
    const lines = String(await page.evaluate("window.exported")).trim().split("\n");
    assert.ok(lines.every((line) => JSON.parse(line).message === "Ordered"));
    await assertAccessible("logs");
  });

  test("lists its keys in a dialog that gives the focus back", async () => {
    await page.evaluate("document.querySelector('.table').focus()");
    await page.press("?");
    await page.waitFor(`/Pause and continue/.test(${text("dialog")})`);
    await page.waitFor("document.activeElement.closest('dialog') !== null");
    await assertAccessible("keys");
    await page.press("Enter");
    await page.waitFor("document.querySelector('dialog') === null");
    assert.equal(await page.evaluate("document.activeElement.className"), "table");
  });

  test("shows what resources say of themselves", async () => {
    await show("#/state", `/Schedule\\.Cron\\.Nightly/.test(${text("main")})`);
    assert.match(String(await page.evaluate(text("main"))), /listening on http/);
    await assertAccessible("state");
  });

  test("shows a reload with a mistake, and the next one", async () => {
    await show("#/reloads", `/No reload yet/.test(${text("main")})`);
    writeFileSync(`${folder}/runtime.yaml`, APP.replace("0 3", "0 99") + types());
    await page.waitFor(`/99/.test(${text(".reloads .failed .problem")})`);
    await assertAccessible("reloads");
    writeFileSync(`${folder}/runtime.yaml`, APP.replace("0 3", "0 4") + types());
    await page.waitFor(
      `/Schedule\\.Cron\\.Nightly/.test(${text(".reloads .reloaded, .reloads .restart")})`,
    );
  });

  test("is readable in the dark and on a phone", async () => {
    await page.emulate({ width: 390, height: 844, theme: "dark" });
    for (const view of ["graph", "resources", "resources/JavaScript.Script.Order", "executions"]) {
      await show(`#/${view}`, `document.querySelector(".bar, .title") !== null`);
      await assertAccessible(`${view} on a phone`);
    }
    for (const view of ["try/Http.Route.Order", "events", "state", "reloads"]) {
      await show(`#/${view}`, `${text("main")}.length > 40`);
      await assertAccessible(`${view} on a phone`);
    }
    await page.emulate({ width: 1280, height: 800 });
  });

  test("says when the app has stopped, and when its token has changed", async () => {
    const inspectPort = new URL(address).port;
    app.kill("SIGTERM");
    await app.exited;
    await page.waitFor(`/has stopped or cannot be reached/.test(${text("[role=alert]")})`);
    const resources = await page.evaluate(`(location.hash = "#/resources", 1)`);
    assert.equal(resources, 1);
    await page.waitFor(`document.querySelectorAll(".table-body .row").length > 10`);
    address = await startApp(inspectPort);
    await page.waitFor(`/token of this page is not valid/.test(${text("[role=alert]")})`);
    await page.evaluate(`location.href = ${quote(address)}`);
    await page.waitFor(`${text(".connection")} === "live"`);
    assert.deepEqual(
      page.messages.filter((message) => !/Failed to load resource/.test(message)),
      [],
    );
    const origin = new URL(address).origin;
    const others = page.requests.filter((url) =>
      !url.startsWith(origin) && !/^(data|blob):/.test(url)
    );
    assert.deepEqual(others, []);
  });
});
