/** The keys that `by` of roles give, and the shards that they are in. */
import { fail, type ModuleCreateContext, type Template } from "../../contract/author.ts";
import { type NatsFields, ROLE_DEFAULTS } from "./fields.ts";
import { hashOf } from "./hash.ts";

/** The keyed roles of an app. */
export interface Keys {
  /** True for a role with `by`. */
  isKeyed(role: string): boolean;
  /** The shard of an input. Throws `ERR_EXECUTION_FAILED` if its key has no value. */
  shardOf(role: string, urn: string, input: unknown): number;
  shards(role: string): number;
}

/** Compiles the keys of all roles. */
export function createKeys(roles: NatsFields["roles"], ctx: ModuleCreateContext): Keys {
  const keys = new Map<string, Template<unknown>>();
  for (const [name, { by }] of Object.entries(roles)) {
    if (by !== undefined) keys.set(name, ctx.template<unknown>(by));
  }
  const shards = (role: string) => roles[role]?.shards ?? ROLE_DEFAULTS.shards;
  return {
    isKeyed: (role) => keys.has(role),
    shards,
    shardOf(role, urn, input) {
      const key = keys.get(role)?.({ input });
      if (key === null || key === undefined) {
        throw fail("ERR_EXECUTION_FAILED", {
          urn,
          problem: `its input has no key: \`by\` of the role ${role} gives null`,
        }, { help: "Pass an input for which `by` has a value" });
      }
      return hashOf(typeof key === "object" ? JSON.stringify(key) : String(key)) % shards(role);
    },
  };
}
