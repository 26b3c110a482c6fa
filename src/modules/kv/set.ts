/** `Kv.Set`: writes a value. */
import type { Controller } from "../../contract/author.ts";
import { controllerOf } from "./operations.ts";
import { ttlMs } from "./ttl.ts";

const controller: Controller = controllerOf(async (store, fields, input) => {
  const { key, ttl, ifAbsent, ifVersion, version } = fields;
  const value = Object.hasOwn(fields, "value") ? fields.value ?? null : input ?? null;
  const onlyOver = ifAbsent ? null : ifVersion;
  const written = await store.set(key, JSON.stringify(value), { ttlMs: ttlMs(ttl), onlyOver });
  if (written === undefined) return null;
  return version ? { value, version: written } : value;
});

export default controller;
