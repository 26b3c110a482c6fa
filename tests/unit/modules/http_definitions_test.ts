/** `Http.Api` contains routes: what the definition of `Http.Route` says, its own says of each, too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import { embedded } from "../../../src/generated/embedded.ts";

/** What the test reads of a definition. */
interface Definition {
  readonly [part: string]: unknown;
  readonly schema: Fields & {
    readonly properties: { readonly routes?: { readonly items: Fields } };
  };
}

interface Fields {
  readonly required: readonly string[];
  readonly properties: object;
}

function definitionOf(name: string): Definition {
  const text = embedded.files[`digly:/http/definitions/${name}.yaml`];
  assert.ok(text !== undefined, `${name} is built in`);
  return load(text) as Definition;
}

/** The fields without the sentences that say what is around a route, in which the two differ. */
function withoutSentences({ required, properties }: Fields): unknown {
  const text = JSON.stringify(properties, (key, value) => {
    return key === "description" && typeof value === "string" ? "" : value;
  });
  return { required, properties: JSON.parse(text) };
}

test("routes of an Http.Api have the fields and the scopes of an Http.Route", () => {
  const [api, route] = [definitionOf("api"), definitionOf("route")];
  for (const part of ["scopes", "expects", "schemas", "resources"]) {
    const inApi = JSON.parse(JSON.stringify(api[part]).replaceAll("routes.*.", ""));
    assert.deepEqual(inApi, route[part], part);
  }
  const { routes } = api.schema.properties;
  assert.ok(routes !== undefined);
  assert.deepEqual(withoutSentences(routes.items), withoutSentences(route.schema));
});
