/** The forms of the inspector, and what to type in a terminal instead. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  curlCommand,
  execCommand,
  fillPath,
  pathParameters,
  shellWord,
} from "../../../inspector/commands.ts";
import { fieldsOf, fits, readForm, skeletonOf, textsOf } from "../../../inspector/form.ts";

const SCHEMA = {
  type: "object",
  required: ["item"],
  properties: {
    item: { type: "string", description: "What is ordered", default: "tea" },
    quantity: { type: "integer", minimum: 1 },
    price: { type: "number" },
    gift: { type: "boolean" },
    size: { enum: ["S", "M", 3] },
    address: {
      type: "object",
      properties: { city: { type: "string" }, zip: { type: "string" } },
    },
    tags: { type: "array", items: { type: "string" } },
  },
};

const INPUT = {
  item: "cup",
  quantity: 2,
  price: 1.5,
  gift: true,
  size: 3,
  address: { city: "Rome" },
  tags: ["a", "b"],
};

describe("a form", () => {
  const fields = fieldsOf(SCHEMA)!;

  test("has a field for each property", () => {
    assert.deepEqual(fields.map(({ label, type, isRequired }) => [label, type, isRequired]), [
      ["item", "text", true],
      ["quantity", "integer", false],
      ["price", "number", false],
      ["gift", "boolean", false],
      ["size", "choice", false],
      ["address", "group", false],
      ["tags", "json", false],
    ]);
    assert.equal(fields[0]!.placeholder, "tea");
    assert.equal(fields[0]!.description, "What is ordered");
    assert.deepEqual(fields[4]!.choices, ['"S"', '"M"', "3"]);
    assert.deepEqual(fields[5]!.fields!.map(({ path }) => path), [["address", "city"], [
      "address",
      "zip",
    ]]);
  });

  test("gives the input that was typed, and shows an earlier one", () => {
    assert.deepEqual(readForm(fields, textsOf(fields, INPUT)), { value: INPUT });
    assert.deepEqual(readForm(fields, {}), { value: {} });
    assert.ok(fits(fields, INPUT));
  });

  test("names what is wrong with each field", () => {
    const texts = { quantity: "1.5", price: "much", tags: "[1" };
    const result = readForm(fields, texts);
    assert.ok("problems" in result);
    assert.deepEqual(Object.keys(result.problems), ["quantity", "price", "tags"]);
    assert.equal(result.problems["quantity"], "Must be an integer");
    assert.equal(result.problems["price"], "Must be a number");
    assert.match(result.problems["tags"]!, /^Must be JSON: /);
  });

  test("is replaced by JSON where it cannot show an input", () => {
    assert.equal(fieldsOf(undefined), undefined);
    assert.equal(fieldsOf({ type: "string" }), undefined);
    assert.equal(fieldsOf({ oneOf: [{}], properties: {} }), undefined);
    assert.equal(fits(fields, { ...INPUT, other: 1 }), false);
    assert.equal(fits(fields, { item: 7 }), false);
    assert.equal(fits(fields, { size: "XL" }), false);
    assert.equal(fits(fields, "text"), false);
    assert.ok(fits(fields, undefined));
  });

  test("of deep objects ends with JSON", () => {
    const nested = (depth: number): object =>
      depth === 0
        ? { type: "string" }
        : { type: "object", properties: { deeper: nested(depth - 1) } };
    const text = JSON.stringify(fieldsOf(nested(10)));
    assert.equal(text.match(/"group"/g)!.length, 2);
    assert.equal(text.match(/"json"/g)!.length, 1);
  });

  test("has an input to begin with", () => {
    assert.deepEqual(skeletonOf(SCHEMA), {
      item: "tea",
      quantity: 1,
      price: 0,
      gift: false,
      size: "S",
      address: { city: "", zip: "" },
      tags: [],
    });
    assert.equal(skeletonOf(true), null);
  });
});

describe("a command", () => {
  test("quotes what a shell would change", () => {
    assert.equal(shellWord("Sql.Query.Add"), "Sql.Query.Add");
    assert.equal(shellWord("it's $HOME"), `'it'\\''s $HOME'`);
    assert.equal(shellWord(""), "''");
    assert.equal(
      execCommand("Sql.Query.Add", { title: "it's" }),
      `digly exec . Sql.Query.Add --input '{"title":"it'\\''s"}'`,
    );
    assert.equal(execCommand("Sql.Query.List", undefined), "digly exec . Sql.Query.List");
  });

  test("is a request of curl", () => {
    const get = { method: "GET", path: "/tasks?a=1&b=2", headers: {}, body: undefined };
    assert.equal(
      curlCommand("http://127.0.0.1:8080/", get),
      "curl 'http://127.0.0.1:8080/tasks?a=1&b=2'",
    );
    assert.equal(
      curlCommand("http://127.0.0.1:8080", {
        method: "POST",
        path: "/tasks",
        headers: { "content-type": "application/json" },
        body: '{"a":1}',
      }),
      `curl -H 'content-type: application/json' --data-raw '{"a":1}' http://127.0.0.1:8080/tasks`,
    );
    assert.match(curlCommand("http://h", { ...get, method: "DELETE" }), /^curl -X DELETE /);
    assert.match(curlCommand("http://h", { ...get, method: "PUT", body: "" }), /^curl -X PUT /);
  });
});

test("parameters of a path are filled in and encoded", () => {
  assert.deepEqual(pathParameters("/orders/:id/items/:item"), ["id", "item"]);
  assert.deepEqual(pathParameters("/files/*"), ["*"]);
  assert.equal(fillPath("/orders/:id", { id: "a/b c" }), "/orders/a%2Fb%20c");
  assert.equal(fillPath("/orders/:id", {}), "/orders/:id");
  // Only whole segments are parameters, and a query has none.
  assert.deepEqual(pathParameters("/at/10:30/:id?since=/:no/*"), ["id"]);
  assert.equal(fillPath("/at/10:30/:id?since=/:no", { id: "7" }), "/at/10:30/7?since=/:no");
  assert.equal(fillPath("/files/*", { "*": "a b/c" }), "/files/a%20b/c");
});
