/** Scripts with `isolate: true`. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { bootApp, type TestApp } from "../../../../testing.ts";
import { attackedApp, checkOutcome, urnOf } from "../../../attacks/attacked_app.ts";
import { ATTACKS } from "../../../attacks/scripts.ts";

describe("attacks", () => {
  let app: TestApp;
  before(async () => {
    app = await bootApp({ manifest: attackedApp() });
  });
  after(() => app.stop());

  for (const attack of ATTACKS) {
    test(attack.name, async () => {
      const outcome = await app.execute(urnOf(attack), attack.input).then(
        (result) => ({ result }),
        ({ code, message }) => ({ code, message }),
      );
      checkOutcome(attack, outcome);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }
});
