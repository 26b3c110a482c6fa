import assert from "node:assert/strict";
import { test } from "node:test";
import { bootApp, type TestApp } from "../../../testing.ts";

function boot(resources: string): Promise<TestApp> {
  return bootApp({
    manifest: `name: Test\nimports: [digly:data, digly:javascript]\n---\n${resources}`,
  });
}

function refusal(resources: string): Promise<string> {
  return boot(resources).then(() => "none", ({ message, origin }) => `${message} ${origin?.line}`);
}

const USER = `kind: Data.Type
metadata: { name: User }
schema:
  type: object
  required: [name, address]
  properties:
    name: { type: string, minLength: 1 }
    role: { enum: [reader, writer], default: reader }
    address: { $ref: Data.Type.Address }
  additionalProperties: false
---
kind: Data.Type
metadata: { name: Address }
schema: { type: object, required: [city], properties: { city: { type: string } } }
---
`;

test("a type validates, fills in defaults and refers to other types", async () => {
  await using app = await boot(USER);
  assert.deepEqual(
    await app.execute("Data.Type.User", { name: "Ada", address: { city: "London" } }),
    { name: "Ada", role: "reader", address: { city: "London" } },
  );
  await assert.rejects(app.execute("Data.Type.User", { name: "Ada", address: { city: 1 } }), {
    code: "ERR_INPUT_INVALID",
    message: /`address.city` must be a string/,
  });
});

test("a value is read by expressions and by executions, and matches its schema", async () => {
  const value = `kind: Data.Value
metadata: { name: Ada }
value: { name: Ada, address: { city: London } }
schema: { $ref: Data.Type.User }
`;
  await using app = await boot(`${USER}${value}---
kind: Data.Value
metadata: { name: City }
value: "\${{ Data.Value.Ada.address.city }}"
`);
  assert.equal(await app.execute("Data.Value.City"), "London");
  assert.deepEqual(await app.execute("Data.Value.Ada"), {
    name: "Ada",
    address: { city: "London" },
  });
  assert.match(
    await refusal(USER + value.replace("city: London", "city: 1")),
    /^Data.Value.Ada: must be a string 21$/,
  );
});

const TASKS = `kind: Data.Collection
metadata: { name: Tasks }
key: id
schema:
  type: object
  required: [id, title, due]
  properties: { id: { type: integer }, title: { type: string }, due: { type: integer } }
filter: input.late == true || item.due > 0
sort: [-due, title]
pageSize: 2
maxItems: 5
items:
  - { id: 1, title: b, due: 5 }
  - { id: 2, title: a, due: 5 }
  - { id: 3, title: c, due: 9 }
  - { id: 4, title: d, due: 0 }
`;

test("a list is filtered, sorted and cut into pages", async () => {
  await using app = await boot(TASKS.replace("input.late == true", "has(input.where)"));
  const list = async (input?: unknown) => {
    const page = await app.execute("Data.Collection.Tasks", input) as {
      items: { id: number }[];
      total: number;
      page: number;
      pages: number;
    };
    return { ...page, items: page.items.map(({ id }) => id) };
  };
  assert.deepEqual(await list(), { items: [3, 2], total: 3, page: 1, pages: 2 });
  assert.deepEqual(await list({ page: 2 }), { items: [1], total: 3, page: 2, pages: 2 });
  assert.deepEqual((await list({ page: 3 })).items, []);
  assert.deepEqual((await list({ sort: "title", pageSize: 9 })).items, [2, 1, 3]);
  assert.deepEqual((await list({ where: { due: 5 } })).items, [2, 1]);
  assert.deepEqual((await list({ where: { due: 5, title: "b" } })).items, [1]);
  assert.deepEqual((await list({ where: { constructor: "x" } })).items, []);
});

test("items are added, replaced and removed by their key", async () => {
  await using app = await boot(TASKS);
  const execute = (input: unknown) => app.execute("Data.Collection.Tasks", input);
  assert.equal(await execute({ get: 9 }), null);
  assert.deepEqual(await execute({ add: { id: 9, title: "x", due: 1 } }), {
    id: 9,
    title: "x",
    due: 1,
  });
  await assert.rejects(execute({ add: { id: 9, title: "y", due: 1 } }), { code: "Data.Duplicate" });
  await assert.rejects(execute({ add: { id: 10, title: "y", due: 1 } }), { code: "Data.Full" });
  await assert.rejects(execute({ add: { id: 11, title: 3, due: 1 } }), {
    message: /`title` must be a string/,
  });
  await execute({ replace: { id: 9, title: "z", due: 1 } });
  assert.deepEqual(await execute({ get: 9 }), { id: 9, title: "z", due: 1 });
  assert.deepEqual(await execute({ remove: 9 }), { id: 9, title: "z", due: 1 });
  await assert.rejects(execute({ remove: 9 }), { code: "Data.NotFound" });
  await assert.rejects(execute({ replace: { id: 9, title: "z", due: 1 } }), {
    code: "Data.NotFound",
  });
  await assert.rejects(execute({ get: 1, remove: 1 }), /cannot be given together with `get`/);
  await assert.rejects(execute({ gett: 1 }), { code: "ERR_INPUT_INVALID" });
  assert.deepEqual(
    app.story().filter((event) => /Added|Replaced|Removed/.test(event)),
    ["Added", "Replaced", "Removed"].map((event) =>
      `Data.Collection.${event} Data.Collection.Tasks`
    ),
  );
});

test("items, keys and filters are checked before the app starts", async () => {
  assert.match(await refusal(TASKS.replace("title: d", "title: 4")), /must be a string 19$/);
  assert.match(await refusal(TASKS.replace("id: 4", "id: 1")), /the key 1 is duplicated 19$/);
  assert.match(await refusal(TASKS.replace("key: id", "key: nr")), /the key `nr` is missing 16$/);
  assert.match(await refusal(TASKS.replace("maxItems: 5", "maxItems: 3")), /more than 3 items/);
  assert.match(await refusal(TASKS.replace("item.due > 0", "itm.due > 0")), /Unknown name "itm"/);
  await using app = await boot("kind: Data.Collection\nmetadata: { name: L }\nitems: [1, 2]");
  assert.deepEqual(await app.execute("Data.Collection.L"), {
    items: [1, 2],
    total: 2,
    page: 1,
    pages: 1,
  });
  await assert.rejects(
    app.execute("Data.Collection.L", { get: 1 }),
    /needs a collection with a `key`/,
  );
});
