/** `Kv.Delete`: removes a key. */
import type { Controller } from "../../contract/author.ts";
import { controllerOf } from "./operations.ts";

const controller: Controller = controllerOf(async (store, { key }) => {
  const value = await store.delete(key);
  return value === undefined ? null : JSON.parse(value);
});

export default controller;
