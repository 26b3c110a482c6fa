/** Errors of executions that were not carried out, and the chains of calls that errors show. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import type { Context } from "../../contract/execution.ts";
import { raiseLimit } from "../../contract/limits.ts";

/** The error of an execution whose signal is aborted; `thrown` is what its code then threw. */
export function aborted({ urn, signal }: Context, thrown?: unknown): DiglyError {
  const reason: unknown = signal.reason;
  const isLate = nameOf(reason) === "TimeoutError";
  const explanation = isLate ? "its deadline has passed" : "its caller aborted it";
  const details = { problem: `${urn} was aborted: ${explanation}`, isLate };
  return fail("ERR_ABORTED", details, { cause: ownReason(reason) ?? ownReason(thrown) });
}

/** A reason, unless it is one of the platform's, which add nothing. */
function ownReason(reason: unknown): unknown {
  return ["TimeoutError", "AbortError"].includes(nameOf(reason)) ? undefined : reason;
}

function nameOf(reason: unknown): string {
  return reason instanceof Error ? reason.name : "";
}

/** The URNs of an execution and of those above it, the root first. */
export function chainOf(urn: string, parent: Context | undefined): readonly string[] {
  const chain = [urn];
  for (let ctx = parent; ctx !== undefined; ctx = ctx.parent) chain.unshift(ctx.urn);
  return chain;
}

/** The error of an execution below too many others. */
export function tooDeep(urn: string, chain: readonly string[], limit: number): DiglyError {
  return fail(
    "ERR_EXECUTION_FAILED",
    { urn, problem: `call depth: executions call each other ${limit} deep`, chain },
    {
      help: raiseLimit(
        "callDepth",
        limit,
        "Look for resources that execute each other in a cycle",
      ),
    },
  );
}
