/** `Kv.List`: lists keys and values. */
import type { Controller } from "../../contract/author.ts";
import { controllerOf } from "./operations.ts";

const controller: Controller = controllerOf(async (store, { key = "", after, limit = 1_000 }) => {
  const entries = await store.list(key.replace(/\*$/, ""), after ?? undefined, limit);
  return entries.map(({ key, value }) => ({ key, value: JSON.parse(value) }));
});

export default controller;
