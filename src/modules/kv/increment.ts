/** `Kv.Increment`: adds to a number. */
import type { Controller } from "../../contract/author.ts";
import { controllerOf } from "./operations.ts";
import { ttlMs } from "./ttl.ts";

const controller: Controller = controllerOf((store, { key, by = 1, ttl }) =>
  store.increment(key, by, ttlMs(ttl))
);

export default controller;
