/** Executions that continue in another process: what crosses, and what comes of it there. */
import { fail } from "../../contract/errors.ts";
import type { WireContext } from "../../contract/execution.ts";
import { resultJson } from "../../contract/result_json.ts";
import { isPlainObject } from "../../contract/wrong_argument.ts";
import { type ContextHost, ExecutionContext } from "./execution_context.ts";

/** The longest chain, and the longest URN in it, that are accepted from another process. */
const LONGEST_CHAIN = 1_000;
const LONGEST_URN = 1_000;

/** The part of a context that crosses. Throws `ERR_EXECUTION_FAILED` for values that are not JSON. */
export function toWire(ctx: ExecutionContext): WireContext {
  const chain: string[] = [];
  for (let at: ExecutionContext | undefined = ctx; at !== undefined; at = at.parent) {
    chain.unshift(at.urn);
  }
  return wireOf(ctx, chain, ctx.depth);
}

/** What crosses of an execution that another process runs: its caller's chain, and its own rest. */
export function callToWire(ctx: ExecutionContext): WireContext {
  const { parent } = ctx;
  const chain: string[] = [];
  for (let at = parent; at !== undefined; at = at.parent) chain.unshift(at.urn);
  const wire = wireOf(ctx, chain, parent?.depth ?? 0);
  return ctx.probed === undefined ? wire : { ...wire, isRecorded: true };
}

function wireOf(ctx: ExecutionContext, chain: readonly string[], depth: number): WireContext {
  const { urn, deadline, traceparent, values } = ctx;
  return {
    chain,
    depth,
    // The clocks of two machines differ.
    ...(deadline === undefined ? {} : { remainingMs: Math.max(0, deadline - ctx.clock.now()) }),
    traceparent,
    values: JSON.parse(resultJson(urn, values, "values")) as WireContext["values"],
  };
}

/** The calling execution in another process. */
export interface RemoteCaller {
  /** What it passes along. */
  readonly caller: {
    readonly deadline: number | undefined;
    readonly values: WireContext["values"];
  };
  /** Its context; `undefined` if nothing has called the execution. */
  readonly parent: ExecutionContext | undefined;
}

/** Reads the calling execution in another process. Throws `ERR_USAGE` for a malformed one. */
export function callerFromWire(wire: WireContext, host: ContextHost): RemoteCaller {
  const problem = wireProblem(wire);
  if (problem !== undefined) {
    throw fail("ERR_USAGE", { problem: `\`wire\` is not valid: ${problem}` }, {
      help: "Pass what ctx.toWire() has given",
    });
  }
  const { chain, depth, remainingMs, traceparent, values } = wire;
  const deadline = remainingMs === undefined
    ? undefined
    : host.clock.now() + Math.ceil(remainingMs);
  if (chain.length === 0) return { caller: { deadline, values }, parent: undefined };
  let parent: ExecutionContext | undefined;
  for (const urn of chain.slice(0, -1)) parent = new ExecutionContext(urn, parent, undefined, host);
  const caller = new ExecutionContext(chain.at(-1) ?? "", parent, {
    traceparent,
    values,
    ...(deadline === undefined ? {} : { deadline }),
  }, host);
  caller.depth = Math.max(depth, chain.length - 1);
  return { caller, parent: caller };
}

function wireProblem(wire: unknown): string | undefined {
  if (!isPlainObject(wire)) return "it must be an object";
  const { chain, depth, remainingMs, traceparent, values } = wire as Partial<WireContext>;
  const isChain = Array.isArray(chain) && chain.length <= LONGEST_CHAIN &&
    chain.every((urn) => typeof urn === "string" && urn.length <= LONGEST_URN);
  if (!isChain) return `\`chain\` must be a list of at most ${LONGEST_CHAIN} URNs`;
  if (depth === undefined || !Number.isSafeInteger(depth) || depth < 0) {
    return "`depth` must be an integer from 0";
  }
  if (remainingMs !== undefined && !(Number.isFinite(remainingMs) && remainingMs >= 0)) {
    return "`remainingMs` must be a number from 0";
  }
  if (typeof traceparent !== "string") return "`traceparent` must be a string";
  return isPlainObject(values) ? undefined : "`values` must be an object";
}
