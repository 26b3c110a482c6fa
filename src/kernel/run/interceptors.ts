/** The interceptors of an app. They are chosen once per resource, when its target is looked up. */
import { fail } from "../../contract/errors.ts";
import type { Call, Context, InterceptMatch, Interceptor } from "../../contract/execution.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { ExecutionContext } from "./execution_context.ts";
import type { Target } from "./dispatch.ts";

/** A registered interceptor. */
interface Registered {
  readonly owner: string;
  readonly match: InterceptMatch;
  readonly around: Interceptor;
  /** What of a resource the interceptor's module may see. */
  readonly visible: (resource: RuntimeResource) => RuntimeResource;
}

/** A resource that is executed. */
export interface Intercepted {
  readonly urn: string;
  readonly kind: string;
  /** The kind and those that it extends. */
  readonly kinds: readonly string[];
  readonly resource: RuntimeResource;
}

/** The interceptors of an app, in the order of their registration. */
export interface Interceptors {
  /** Adds one; the returned function removes it. Throws `ERR_EXECUTION_FAILED` for a wrong one. */
  add(
    owner: string,
    match: InterceptMatch,
    around: Interceptor,
    visible: Registered["visible"],
  ): () => void;
  /** Those of a resource, to keep them or to remove them later. */
  ofOwner(owner: string): ReadonlySet<object>;
  /** Removes those of a resource, except some. */
  removeOwner(owner: string, except?: ReadonlySet<object>): void;
  /** Removes some of a resource. */
  remove(owner: string, some: ReadonlySet<object>): void;
  /** The target with those interceptors of its resource around it whose owner `applies`. */
  wrap(
    target: Target,
    resource: () => Intercepted,
    complete: CompleteError,
    applies?: (owner: string) => boolean,
  ): Target;
  /** Patterns without an asterisk, with their owners. */
  names(): Iterable<InterceptedName>;
}

/** A kind or a resource that an interceptor names in full. */
export type InterceptedName =
  | { readonly owner: string; readonly kind: string; readonly urn?: undefined }
  | { readonly owner: string; readonly urn: string };

/** Makes the `DiglyError` of what an execution threw. */
export type CompleteError = (error: unknown, ctx: Context) => Error;

/** Creates an empty list; `onChange` is called whenever it changes. */
export function createInterceptors(onChange: () => void): Interceptors {
  let all: readonly Registered[] = [];

  function keep(keeps: (one: Registered) => boolean): void {
    if (all.length === 0) return;
    const left = all.filter(keeps);
    if (left.length === all.length) return;
    all = left;
    onChange();
  }

  return {
    add(owner, match, around, visible) {
      checkArguments(owner, match, around);
      const added: Registered = { owner, match, around, visible };
      all = [...all, added];
      onChange();
      return () => keep((one) => one !== added);
    },
    ofOwner: (owner) => new Set(all.filter((one) => one.owner === owner)),
    removeOwner: (owner, except) => keep((one) => one.owner !== owner || except?.has(one) === true),
    remove: (_owner, some) => keep((one) => !some.has(one)),
    wrap(target, resource, complete, applies = () => true) {
      if (all.length === 0) return target;
      const intercepted = resource();
      const chosen = all.filter(({ owner, match }) =>
        matches(match, intercepted) && applies(owner)
      );
      return chosen.length === 0 ? target : around(target, chosen, intercepted, complete);
    },
    *names() {
      for (const { owner, match: { kinds = [], urns = [] } } of all) {
        for (const kind of kinds) if (!kind.endsWith("*")) yield { owner, kind };
        for (const urn of urns) if (!urn.endsWith("*")) yield { owner, urn };
      }
    },
  };
}

/** The target with interceptors around it, the first one outermost. */
function around(
  target: Target,
  chosen: readonly Registered[],
  { urn, kind, resource }: Intercepted,
  complete: CompleteError,
): Target {
  const seen = chosen.map(({ visible }) => visible(resource));
  return (input, ctx) => {
    let current = input;
    // The input is shared: what one interceptor assigns is what all after it see.
    const callOf = (index: number, ctx: Context): Call => ({
      urn,
      kind,
      // There is one for each interceptor, whose index this is.
      resource: seen[index]!,
      get input() {
        return current;
      },
      set input(value) {
        current = value;
      },
      ctx,
    });
    const run = async (index: number, ctx: Context): Promise<unknown> => {
      try {
        if (index === chosen.length) return await target(current, ctx);
        // The index is below the length here.
        return await chosen[index]!.around(
          callOf(index, ctx),
          (options) => run(index + 1, withSignal(ctx, options?.signal)),
        );
      } catch (error) {
        throw complete(error, ctx);
      }
    };
    return run(0, ctx);
  };
}

function withSignal(ctx: Context, signal: AbortSignal | undefined): Context {
  return signal !== undefined && ctx instanceof ExecutionContext ? ctx.withSignal(signal) : ctx;
}

function matches({ kinds, urns }: InterceptMatch, { urn, kinds: own }: Intercepted): boolean {
  if (kinds === undefined && urns === undefined) return true;
  return own.some((kind) => kinds?.some((pattern) => fits(pattern, kind))) ||
    urns?.some((pattern) => fits(pattern, urn)) === true;
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function checkArguments(owner: string, match: unknown, around: unknown): void {
  const problem = argumentProblem(match, around);
  if (problem === undefined) return;
  throw fail("ERR_EXECUTION_FAILED", { urn: owner, problem: problem[0], chain: [owner] }, {
    help: problem[1],
  });
}

function argumentProblem(match: unknown, around: unknown): readonly [string, string] | undefined {
  const example = 'Write ctx.intercept({ kinds: ["Sql.Query"] }, (call, next) => next())';
  if (typeof match !== "object" || match === null || Array.isArray(match)) {
    return ["ctx.intercept: the first argument must be an object with `kinds` or `urns`", example];
  }
  if (typeof around !== "function") {
    return [`ctx.intercept: the second argument must be a function, not ${typeof around}`, example];
  }
  for (const [key, patterns] of Object.entries(match)) {
    if (patterns === undefined) continue;
    if (key !== "kinds" && key !== "urns") {
      return [`ctx.intercept: \`${key}\` is not a valid key`, "Use `kinds` or `urns`"];
    }
    if (!Array.isArray(patterns)) {
      return [`ctx.intercept: \`${key}\` must be a list of strings`, example];
    }
    for (const pattern of patterns as readonly unknown[]) {
      if (typeof pattern === "string" && /^(?:\*|[^*]*[^*.](?:\.\*)?)$/.test(pattern)) continue;
      return [
        `ctx.intercept: ${JSON.stringify(pattern)} is not a valid pattern in \`${key}\``,
        'Write a full name, "Prefix.*" for all that start with "Prefix.", or "*" for all',
      ];
    }
  }
  return undefined;
}
