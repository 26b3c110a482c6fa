/** `Kv.Get`: reads a value. */
import type { Controller } from "../../contract/author.ts";
import { controllerOf } from "./operations.ts";

const controller: Controller = controllerOf(async (store, { key, version }) => {
  const entry = await store.get(key);
  if (entry === undefined) return null;
  const value: unknown = JSON.parse(entry.value);
  return version ? { value, version: entry.version } : value;
});

export default controller;
