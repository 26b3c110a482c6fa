/** Runs policies in every form: retries, timeouts, breakers, limits and caches, over HTTP. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Form, forms, start, tempApp } from "./forms.ts";

const APP = `name: App
imports: [digly:std]
---
kind: Resilience.Policy
metadata: { name: Retry }
applies: [JavaScript.Script.Flaky]
retry: { attempts: 3, backoff: 5ms }
---
kind: Resilience.Policy
metadata: { name: Slow }
applies: [JavaScript.Script.Slow]
timeout: 50ms
breaker: { failures: 2, window: 1m, cooldown: 10m }
---
kind: Resilience.Policy
metadata: { name: Cached }
applies: [JavaScript.Script.Random]
concurrency: 1
cache: { ttl: 10m, key: "\${{ input.key }}" }
---
kind: JavaScript.Script
metadata: { name: Flaky }
code: |
  let calls = 0;
  function main() { if (++calls < 3) throw new Error("busy"); return calls; }
---
kind: JavaScript.Script
metadata: { name: Slow }
code: |
  async function main(_, ctx) {
    ctx.signal.addEventListener("abort", () => ctx.log.info("it was aborted"));
    await new Promise(() => {});
  }
---
kind: JavaScript.Script
metadata: { name: Random }
code: |
  function main() { return Math.random(); }
---
kind: Http.Server
metadata: { name: Main }
port: 0
metrics: true
---
kind: Http.Route
metadata: { name: Flaky }
request: { path: /flaky }
handler: JavaScript.Script.Flaky
---
kind: Http.Route
metadata: { name: Slow }
request: { path: /slow }
handler: JavaScript.Script.Slow
---
kind: Http.Route
metadata: { name: Random }
request: { path: "/random/:key" }
handler: { name: JavaScript.Script.Random, inputs: { key: "\${{ request.params.key }}" } }
`;

async function check(form: Form): Promise<void> {
  const cwd = tempApp({ "runtime.yaml": APP });
  const app = start(form, ["runtime.yaml", "--log-format", "text"], { cwd });
  const [, url] = await app.waitFor(/Listening on (http\S+)/, 60_000);
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  assert.deepEqual(await get("/flaky"), { status: 200, text: "3" });
  for (
    const [status, code] of [
      [504, "Resilience.Timeout"],
      [504, "Resilience.Timeout"],
      [503, "Resilience.Open"],
    ] as const
  ) {
    const { status: given, text } = await get("/slow");
    assert.equal(given, status);
    assert.ok(text.includes(code), text);
  }
  await app.waitFor(/it was aborted/, 60_000);
  const first = await get("/random/a");
  assert.deepEqual(await get("/random/a"), first);
  assert.notEqual((await get("/random/b")).text, first.text);
  const { text: metrics } = await get("/metrics");
  for (
    const sample of [
      /^digly_resilience_retries_total\{resource="JavaScript\.Script\.Flaky"\} 2$/m,
      /^digly_resilience_breaker_open\{resource="JavaScript\.Script\.Slow"\} 1$/m,
      /^digly_resilience_cache_total\{resource="JavaScript\.Script\.Random",outcome="hit"\} 1$/m,
    ]
  ) assert.match(metrics, sample);
  app.kill("SIGTERM");
  const { code, stderr } = await app.exited;
  assert.equal(code, 0, stderr);
}

describe("Resilience", () => {
  for (const form of forms) test(form.name, () => check(form));
});
