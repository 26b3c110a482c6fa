import assert from "node:assert/strict";
import { test } from "node:test";
import { runConformance } from "./conformance.ts";

/** How many official cases pass. It may only rise. */
const PASSING = 1627;

test("the official cases of CEL pass, and no fewer than before", () => {
  const outcomes = runConformance();
  const failing = outcomes.filter(({ passed }) => !passed);
  const passing = outcomes.length - failing.length;
  assert.ok(
    passing >= PASSING,
    failing.map(({ name, instead }) => `${name}: ${instead}`).join("\n"),
  );
});
