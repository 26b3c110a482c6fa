/** What controllers in WebAssembly may try. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bootApp, type TestApp } from "../../../testing.ts";
import { wasmAttackedFiles, wasmUrnOf } from "../../attacks/wasm_attacked_app.ts";
import { WASM_ATTACKS } from "../../attacks/wasm.ts";

describe("attacks", () => {
  const folder = mkdtempSync(join(tmpdir(), "digly-wasm-attacks-"));
  let app: TestApp;
  before(async () => {
    for (const [path, content] of Object.entries(wasmAttackedFiles([], ""))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    app = await bootApp({ path: folder });
  });
  after(async () => {
    await app?.stop();
    rmSync(folder, { recursive: true });
  });

  for (const attack of WASM_ATTACKS) {
    test(attack.name, async () => {
      const outcome = await app.execute(wasmUrnOf(attack), {}).then(
        (result) => ({ result }),
        ({ code, details }) => ({ code, problem: details?.problem }),
      );
      assert.deepEqual(outcome, attack.outcome);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }
});
