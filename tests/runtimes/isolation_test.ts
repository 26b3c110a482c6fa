/** Isolated scripts on every runtime: what they try, and how it ends. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attackedApp, type AttackOutcome, ATTACKS, checkOutcome, urnOf } from "../attacks.ts";
import { assertCode, ofEachRuntime, run, tempApp, transcriptOf } from "./forms.ts";

/** Executes all attacks, one after the other. */
const DRIVER = `---
kind: JavaScript.Script
metadata: { name: Attack }
code: |
  async function main(urns, ctx) {
    const outcomes = [];
    for (const [urn, input] of urns) {
      outcomes.push(await ctx.execute(urn, input).then(
        (result) => ({ result }),
        ({ code, message }) => ({ code, message }),
      ));
    }
    return { outcomes, polluted: {}.polluted ?? null };
  }
`;

describe("isolated scripts", { concurrency: 1 }, () => {
  for (const form of ofEachRuntime) {
    test(form.name, async () => {
      const folder = tempApp({ "runtime.yaml": attackedApp() + DRIVER });
      const input = JSON.stringify(ATTACKS.map((attack) => [urnOf(attack), attack.input]));
      const args = ["exec", folder, "JavaScript.Script.Attack", "--input", "-"];
      const ended = await run(form, args, { stdin: input });
      assertCode(ended, 0);
      const { outcomes, polluted } = JSON.parse(ended.stdout) as {
        readonly outcomes: readonly AttackOutcome[];
        readonly polluted: unknown;
      };
      assert.equal(polluted, null);
      assert.equal(outcomes.length, ATTACKS.length, transcriptOf(ended));
      ATTACKS.forEach((attack, index) => checkOutcome(attack, outcomes[index]!));
    });
  }
});
