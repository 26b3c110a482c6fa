/** Scripts with `isolate: true`. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { bootApp, type TestApp } from "../../../../testing.ts";
import { attackedApp, ATTACKS, urnOf } from "../../../attacks.ts";

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
}

function failure(promise: Promise<unknown>): Promise<Problem> {
  return promise.then(
    (result) => assert.fail(`it did not fail, but gave ${JSON.stringify(result)}`),
    (error) => error as Problem,
  );
}

describe("attacks", () => {
  let app: TestApp;
  before(async () => {
    app = await bootApp({ manifest: attackedApp() });
  });
  after(() => app.stop());

  for (const attack of ATTACKS) {
    test(attack.name, async () => {
      const execution = app.execute(urnOf(attack), attack.input);
      if (attack.error === undefined) assert.deepEqual(await execution, attack.result);
      else {
        const [code, message = /./] = attack.error;
        const error = await failure(execution);
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
      }
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }
});
