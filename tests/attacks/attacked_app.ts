/** An app with a script for each attack, and what each must come to. */
import assert from "node:assert/strict";
import { type Attack, ATTACKS } from "./scripts.ts";

/** How an attack ended: a result, or an error. */
export interface AttackOutcome {
  readonly result?: unknown;
  readonly code?: string;
  readonly message?: string;
}

/** Fails if an attack did not end as it must. */
export function checkOutcome({ name, error, result }: Attack, outcome: AttackOutcome): void {
  if (error === undefined) assert.deepEqual(outcome, { result }, name);
  else {
    const [code, message = /./] = error;
    assert.equal(outcome.code, code, `${name}: ${JSON.stringify(outcome).slice(0, 500)}`);
    assert.match(outcome.message ?? "", message, name);
  }
}

/** The URN of the script of an attack. */
export function urnOf(attack: Attack): string {
  return `JavaScript.Script.Attack${ATTACKS.indexOf(attack)}`;
}

/** Limits that are never reached by accident, and those that an attack is to reach. */
function limitsOf({ ends }: Attack): string {
  if (ends === "time") return "{ memory: 64MiB, time: 50ms }";
  if (ends === "memory") return "{ memory: 2MiB, time: 60s }";
  return "{ memory: 256MiB, time: 60s }";
}

/** An app with a script for each attack, and what they call. */
export function attackedApp(): string {
  const scripts = ATTACKS.map((attack, index) =>
    `---
kind: JavaScript.Script
metadata: { name: Attack${index} }
isolate: true
limits: ${limitsOf(attack)}
code: ${JSON.stringify(attack.code)}
`
  );
  return `name: Attacked
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Echo }
code: function main(input) { return input }
---
kind: JavaScript.Script
metadata: { name: Size }
code: async function main(text) { await new Promise((done) => setTimeout(done)); return text.length }
${scripts.join("")}`;
}
