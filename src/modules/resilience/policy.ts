/** `Resilience.Policy`: runs around the executions of other resources. */
import {
  type Call,
  type Controller,
  defineController,
  durationMs,
  isLive,
  type NextOptions,
  resultJson,
} from "../../contract/author.ts";
import type { PolicyFields } from "./fields.ts";
import { createGuard, type Guard } from "./guard.ts";
import { createPolicyMetrics } from "./policy_metrics.ts";
import { createResultCache, type ResultCache } from "./cache.ts";

/** The state of one resource. */
interface Around {
  readonly guard: Guard;
  readonly cache: ResultCache | undefined;
}

const controller: Controller = defineController<PolicyFields>({
  create(resource, ctx) {
    const { applies, cache } = resource;
    const metrics = createPolicyMetrics(ctx);
    const key = cache?.key === undefined ? undefined : ctx.template(cache.key);
    const states = new Map<string, Around>();

    function stateOf(urn: string): Around {
      let state = states.get(urn);
      if (state === undefined) {
        const guard = createGuard(urn, { resource, metrics, ctx });
        states.set(
          urn,
          state = {
            guard,
            // The schema has checked the duration.
            cache: cache && createResultCache(durationMs(cache.ttl)!, cache.maxEntries, ctx.clock),
          },
        );
      }
      return state;
    }

    /** What a result is kept by; `undefined` if it is not to be kept. */
    function keyOf({ urn, input }: Call): string | undefined {
      const value = key === undefined ? input : key({ input: input ?? null });
      if (key !== undefined && (value ?? null) === null) return undefined;
      try {
        return resultJson(urn, value, "key");
      } catch {
        return undefined; // An input that is not JSON has no key.
      }
    }

    async function around(
      call: Call,
      next: (options?: NextOptions) => Promise<unknown>,
    ): Promise<unknown> {
      const { guard, cache } = stateOf(call.urn);
      if (cache === undefined) return await guard.run(call, next);
      const key = keyOf(call);
      if (key === undefined) return await guard.run(call, next);
      const found = cache.get(key);
      metrics.cached(call.urn, found !== undefined);
      if (found !== undefined) return found[0];
      const result = await guard.run(call, next);
      if (!isLive(result)) cache.set(key, result);
      return result;
    }

    return {
      init() {
        // Every pattern may be a kind or a resource: `Sql.Query.*` is all resources of a kind.
        ctx.intercept(matchOf(applies, ctx.kernel.registry), around);
      },
      snapshot: () => ({
        resources: Object.fromEntries(
          [...states].map(([urn, { guard, cache }]) => [urn, {
            ...guard.state(),
            ...(cache === undefined ? {} : { cached: cache.size }),
          }]),
        ),
      }),
    };
  },
});

/** A name is that of a resource if there is one, and a kind otherwise. */
function matchOf(
  applies: readonly string[],
  registry: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
): { kinds: readonly string[]; urns: readonly string[] } {
  const isResource = (pattern: string) => {
    const dot = pattern.lastIndexOf(".");
    const [kind, name] = [pattern.slice(0, dot), pattern.slice(dot + 1)];
    return registry.get(kind)?.has(name) === true || (name === "*" && registry.has(kind));
  };
  return {
    kinds: applies.filter((pattern) => !isResource(pattern)),
    urns: applies.filter(isResource),
  };
}

export default controller;
