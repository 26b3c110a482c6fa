import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCallChain } from "../../../src/cli/call_chain.ts";

test("a chain of calls is shown whole while it is short", () => {
  assert.equal(formatCallChain(["A.a", "B.b"]), "A.a > B.b");
});

test("of a long chain both ends are shown, and how much is left out", () => {
  const chain = Array.from({ length: 65 }, (_, index) => `A.${index}`);
  assert.equal(
    formatCallChain(chain),
    "A.0 > A.1 > A.2 > A.3 > … 57 more … > A.61 > A.62 > A.63 > A.64",
  );
});
