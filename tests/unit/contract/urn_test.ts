import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatUrn,
  isForbiddenName,
  isKernelKind,
  isKind,
  isName,
  parseUrn,
} from "../../../src/contract/urn.ts";

test("a URN splits at its last dot", () => {
  assert.deepEqual(parseUrn("Http.Server.main"), { kind: "Http.Server", name: "main" });
  assert.deepEqual(parseUrn("Thing.a-b:c@1"), { kind: "Thing", name: "a-b:c@1" });
});

test("the name of a KindDefinition keeps its dots", () => {
  const urn = { kind: "Runtime.KindDefinition", name: "Data.ObjectType" };
  assert.deepEqual(parseUrn("Runtime.KindDefinition.Data.ObjectType"), urn);
  assert.equal(formatUrn(urn.kind, urn.name), "Runtime.KindDefinition.Data.ObjectType");
});

test("what has no kind or no name is not a URN", () => {
  for (const text of ["", "main", ".main", "Http.", "1a.b", "a-b.c", "A..b", "A.__proto__.b"]) {
    assert.equal(parseUrn(text), undefined, text);
  }
});

test("a kind is identifiers joined by dots", () => {
  for (const text of ["A", "_a", "Http.Server", "a1.b_2.C"]) assert.ok(isKind(text), text);
  for (const text of ["", ".", "A.", ".A", "A..B", "1A", "A-B", "A b", "Ä", "A\n"]) {
    assert.ok(!isKind(text), text);
  }
});

test("a name is letters, digits and a few characters", () => {
  for (const text of ["a", "1", "a-b_c:d@e", "größe", "名前"]) assert.ok(isName(text, "A"), text);
  for (const text of ["", "a.b", "a b", "a/b", "a\n", "${x}"]) assert.ok(!isName(text, "A"), text);
});

test("dots are legal in the name of a KindDefinition only, which is a kind", () => {
  assert.ok(isName("Data.ObjectType", "Runtime.KindDefinition"));
  assert.ok(!isName("a-b", "Runtime.KindDefinition"));
  assert.ok(!isName("Data.ObjectType", "TemplateDefinition"));
});

test("what could reach a prototype is refused everywhere", () => {
  for (const text of ["__proto__", "prototype", "constructor"]) {
    assert.ok(isForbiddenName(text));
    assert.ok(!isKind(text));
    assert.ok(!isKind(`A.${text}.B`));
    assert.ok(!isName(text, "A"));
    assert.ok(!isName(text, "Runtime.KindDefinition"));
  }
  assert.ok(!isForbiddenName("toString"));
});

test("the kernel owns three kinds", () => {
  const kinds = ["Runtime.Definition", "Runtime.KindDefinition", "TemplateDefinition"];
  assert.deepEqual(kinds.filter(isKernelKind), kinds);
  assert.ok(!isKernelKind("Runtime"));
  assert.ok(!isKernelKind("Http.Server"));
});
