import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownResourceHelp } from "../../../src/diagnostics/unknown_resource.ts";

const URNS = ["Shop.Order.Main", "Shop.Price.Net", "Shop.Price.Gross"];

function help(urn: string, mayRegister = false, urns = URNS): string {
  return unknownResourceHelp(urn, urns, mayRegister);
}

test("the nearest name comes first, also if a controller may register the resource", () => {
  assert.equal(help("Shop.Order.Mian"), 'Did you mean "Shop.Order.Main"?');
  assert.equal(help("Shop.Order.Mian", true), 'Did you mean "Shop.Order.Main"?');
});

test("a name that a controller may register exists only while the app runs", () => {
  assert.match(help("Shop.Counter.Made", true), /^No manifest has it\. If a controller registers/);
});

test("without a similar name, the help lists the resources of the kind, or says that there are none", () => {
  assert.equal(help("Shop.Price.ForMembers"), "Resources of the kind Shop.Price: Net, Gross");
  assert.equal(help("Shop.Counter.Made"), "No manifest has a resource of the kind Shop.Counter");
  const many = Array.from({ length: 9 }, (_, n) => `Shop.Price.N${n}`);
  assert.equal(
    help("Shop.Price.ForMembers", false, many),
    "Resources of the kind Shop.Price: N0, N1, N2, N3, N4 and 4 more",
  );
  assert.equal(help("nonsense"), "Write its kind and its name: `Kind.Name`");
});
