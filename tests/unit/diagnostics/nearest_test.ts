import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, nearest, nearestField } from "../../../src/diagnostics/nearest.ts";

const KINDS = ["Http.Server", "Http.Route", "Data.Type", "Console.WriteLine"];

test("the name with the fewest changes is found", () => {
  assert.equal(nearest("Http.Sever", KINDS), "Http.Server");
  assert.equal(nearest("Htpt.Route", KINDS), "Http.Route");
  assert.equal(nearest("Data.Types", KINDS), "Data.Type");
  assert.equal(nearest("console.writeline", KINDS), "Console.WriteLine");
});

test("a swap of two letters is one change", () => {
  assert.equal(nearest("nmae", ["name", "make"]), "name");
  assert.equal(nearest("ab", ["ba"]), "ba");
});

test("what is too different is not offered", () => {
  assert.equal(nearest("Queue.Consumer", KINDS), undefined);
  assert.equal(nearest("abc", ["xyz"]), undefined);
  assert.equal(nearest("", ["name"]), undefined);
  assert.equal(nearest("name", []), undefined);
});

test("of equally near names the first is taken", () => {
  assert.equal(nearest("cat", ["bat", "hat"]), "bat");
});

test("the hint is a question, or nothing", () => {
  assert.equal(didYouMean("imprts", ["imports"]), 'Did you mean "imports"?');
  assert.equal(didYouMean("zzz", ["imports"]), undefined);
});

test("a misspelt field is at most two changes away, in any case, with a letter in common", () => {
  const fields = ["port", "host", "maxBodyBytes", "id"];
  assert.equal(nearestField("prot", fields), "port");
  assert.equal(nearestField("pt", fields), "port");
  assert.equal(nearestField("PORT", fields), "port");
  assert.equal(nearestField("maxbodybyte", fields), "maxBodyBytes");
  assert.equal(nearestField("region", fields), undefined);
  assert.equal(nearestField("maxBody", fields), undefined);
  assert.equal(nearestField("xy", fields), undefined);
});
