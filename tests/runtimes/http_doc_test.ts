/** Sends the requests that docs/http.md shows, and compares the answers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { root, singleFile, start, tempApp } from "./forms.ts";

const page = readFileSync(`${root}docs/http.md`, "utf8");

const [, app = ""] = /<!-- file: shop\/runtime\.yaml -->\s*```yaml\n([^]*?)```/.exec(page) ?? [];

/** `GET /path body`, and the line below it: the status and the body of the answer. */
const exchanges = Array.from(page.matchAll(/```http\n([^]*?)```/g), ([, block]) => block!)
  .flatMap((block) => Array.from(block.matchAll(/^([A-Z]+) (\S+)(?: (.+))?\n(\d+) (.*)$/gm)));

test("every request of the page is answered as it says", async () => {
  assert.ok(exchanges.length >= 9);
  const server = start(singleFile, ["runtime.yaml"], { cwd: tempApp({ "runtime.yaml": app }) });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  for (const [, method, path, body, status, answer] of exchanges) {
    const response = await fetch(url + path!, {
      method: method!,
      ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
    });
    const text = (await response.text()).replace(/"id":"[\da-f-]{36}"/, '"id":"…"');
    assert.equal(`${response.status} ${text}`, `${status} ${answer}`, `${method} ${path}`);
  }
  server.kill("SIGTERM");
  assert.equal((await server.exited).code, 0);
});
