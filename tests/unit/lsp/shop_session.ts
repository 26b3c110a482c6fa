/** The shop in an editor. */
import assert from "node:assert/strict";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { EditedApp } from "./edited_app.ts";
import { FILES, RUNTIME } from "./shop.ts";

/** The command line from its sources. */
export const PROGRAM: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../../../cli.ts", import.meta.url)),
];

/** Opens the shop, which has no mistakes. */
export async function startShop(): Promise<EditedApp> {
  const app = await EditedApp.start(PROGRAM, FILES);
  await app.write("runtime.yaml", RUNTIME);
  assert.deepEqual(await app.client.diagnostics(app.uri("runtime.yaml")), []);
  return app;
}
