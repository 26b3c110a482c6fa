/** The manifest that docs/manifests.md shows, loaded as it is. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Kernel } from "../../mod.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";

const PRICES = "name: Prices\n---\nkind: Variable\nmetadata: { name: Price }\nvalue: 12\n";
const SHELF = (name: string) => `kind: Shop.Shelf\nmetadata: { name: ${name} }\n`;
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

test("the manifest of docs/manifests.md loads", async () => {
  const page = readFileSync(new URL("../../docs/manifests.md", import.meta.url), "utf8");
  const [, file, text] = /<!-- file: (\S+) -->\s*```yaml\n([^]*?)```/.exec(page)!;
  const manifest = text!.replace("{{prices}}", hashOf(PRICES))
    .replace("{{shelves}}", hashOf(SHELF("far")));
  const warnings: string[] = [];
  const kernel = new Kernel({
    platform: memoryPlatform({
      files: {
        [file!]: manifest,
        "/shop/stock/module.yaml": "name: Stock\n",
        "/shop/shelf.yaml":
          "kind: Runtime.Definition\nmetadata: { name: Shelf, resourceKind: Shelf }\n",
        "/shop/resources/left.yaml": SHELF("left"),
        "/shop/more.yaml": SHELF("more"),
      },
      remote: {
        "https://example.com/prices/module.yaml": PRICES,
        "https://example.com/shelves.yaml": SHELF("far"),
      },
      env: { MORE: "more.yaml" },
    }),
    log: ({ message }) => void warnings.push(message),
  });
  await kernel.load(file!);
  assert.deepEqual(warnings, []);
  assert.deepEqual([...kernel.modules.values()].map(({ name }) => name).includes("Shop"), true);
  assert.deepEqual(
    kernel.resources().map(({ kind, metadata: { name } }) => `${kind}.${name}`).sort(),
    [
      "Shop.Shelf.far",
      "Shop.Shelf.left",
      "Shop.Shelf.more",
      "Variable.Greeting",
      "Variable.Price",
    ],
  );
});
