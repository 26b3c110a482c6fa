/** `Resilience.Policy` beside a loop and a counter around the function that it guards. */
import { bootResources } from "../boot_app.ts";
import type { Opened } from "./pairs.ts";

const ATTEMPTS = 3;
const FAILURES = 5;
const WINDOW_MS = 10_000;
const COOLDOWN_MS = 30_000;

/** Opens a script with a policy. */
export async function openResilience(): Promise<Opened> {
  const app = await bootResources(`---
kind: JavaScript.Script
metadata: { name: Double }
code: "const main = ({ n }) => ({ n: n * 2 });"
---
kind: Resilience.Policy
metadata: { name: Guard }
applies: [JavaScript.Script.Double]
retry: { attempts: ${ATTEMPTS} }
breaker: { failures: ${FAILURES}, window: ${WINDOW_MS}ms, cooldown: ${COOLDOWN_MS}ms }
`);
  const guarded = guard(({ n }: { n: number }) => ({ n: n * 2 }));
  return {
    pairs: [{
      title: "Resilience.Policy with retry and breaker, around a script",
      calls: 20_000,
      digly: () => app.execute("JavaScript.Script.Double", { n: 1 }),
      byHand: () => guarded({ n: 1 }),
    }],
    close: () => app.stop(),
  };
}

/** The retries and the breaker that a person would write around a call. */
function guard<Input, Output>(call: (input: Input) => Output): (input: Input) => Promise<Output> {
  let failures: number[] = [];
  let openUntil = 0;
  return async (input) => {
    if (openUntil > 0 && openUntil > Date.now()) throw new Error("open");
    for (let attempt = 1;; attempt++) {
      try {
        const output = await call(input);
        if (failures.length > 0) failures = [];
        openUntil = 0;
        return output;
      } catch (error) {
        const now = Date.now();
        failures = [...failures.filter((at) => at > now - WINDOW_MS), now];
        if (failures.length >= FAILURES) openUntil = now + COOLDOWN_MS;
        if (attempt === ATTEMPTS || openUntil > 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** (attempt - 1)));
      }
    }
  };
}
