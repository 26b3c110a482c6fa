/** Interception: what runs around executions, such as a retry, a cache or a check of permissions. */
import type { Context } from "./module.ts";
import type { RuntimeResource } from "./resource.ts";

/** Which executions an {@link Interceptor} sees; without a list, all of them. */
export interface InterceptMatch {
  /**
   * Kinds, including those that extend them; `Sql.*` is every kind whose name starts with `Sql.`,
   * and `*` every kind.
   */
  readonly kinds?: readonly string[];
  /** Resources: a URN, or `Sql.Query.*` for every resource of the kind `Sql.Query`. */
  readonly urns?: readonly string[];
}

/** An execution that is intercepted. */
export interface Call {
  /** The URN of the resource. */
  readonly urn: string;
  /** Its kind. */
  readonly kind: string;
  /** The resource, read-only; `kind` and `metadata` only if the module does not serve its kind. */
  readonly resource: RuntimeResource;
  /** The input of the execution. What is assigned here before `next()` is what comes after it sees. */
  input: unknown;
  /** The context of the execution; what is executed with it runs below it. */
  readonly ctx: Context;
}

/**
 * Runs around an execution: its result is that of the execution, and so is its error. `next` runs
 * what comes after it, at last the resource, and rejects with a `DiglyError`; it may be called
 * several times, or not at all.
 *
 * @example
 * // Answer twice the same question once.
 * const results = new Map<string, unknown>();
 * ctx.intercept({ kinds: ["Sql.Query"] }, async (call, next) => {
 *   const key = `${call.urn} ${JSON.stringify(call.input)}`;
 *   if (!results.has(key)) results.set(key, await next());
 *   return results.get(key);
 * });
 */
export type Interceptor = (call: Call, next: () => Promise<unknown>) => unknown;
