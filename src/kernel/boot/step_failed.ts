/** The error for a `create`, `init` or `start` that failed, with the origins involved. */
import {
  type DiglyError,
  fail,
  hasCode,
  isDiglyError,
  isModuleErrorCode,
  messageOf,
  type ModuleErrorCode,
  type Origin,
  readable,
  type Related,
} from "../../contract/errors.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { changeProblem } from "./instances.ts";

/** The resource whose execution failed. */
export interface FailedExecution {
  readonly urn: string;
  readonly origin: Origin | undefined;
}

/** The resource whose step failed. */
export interface StepSubject {
  readonly urn: string;
  readonly resource: RuntimeResource;
  readonly manifest: Located;
}

const STEPS = {
  ERR_CREATE_FAILED: "created",
  ERR_INIT_FAILED: "initialised",
  ERR_START_FAILED: "started",
} as const;

/** How many causes of an error are searched for a failed execution. */
const MAX_CAUSES = 8;

/**
 * Wraps what was thrown, unless it is an error that explains the end of the boot by itself. If
 * another resource failed, the error points at both.
 */
export function stepFailed(
  code: keyof typeof STEPS,
  { urn, resource, manifest }: StepSubject,
  thrown: unknown,
  failedIn: (error: unknown) => FailedExecution | undefined,
): DiglyError {
  const error = readable(thrown);
  const diglyError = isDiglyError(error) ? error : undefined;
  if (diglyError !== undefined && endsBoot(diglyError)) return diglyError;
  // Code that is not trusted has an error of its own, with the place of its resource.
  if (diglyError?.code.startsWith("ERR_CODE_") && diglyError.origin !== undefined) {
    return diglyError;
  }
  const own = manifest.originAt([]);
  const other = causeIn(error, failedIn);
  const isElsewhere = other !== undefined && other.urn !== urn;
  const origin = diglyError?.origin ?? (isElsewhere ? other.origin : undefined) ?? own;
  const related: Related[] = [...diglyError?.related ?? []];
  if (isElsewhere && origin !== own) {
    related.push({ message: `${urn} was being ${STEPS[code]}`, origin: own });
  }
  if (hasCode(error, code)) {
    const { details, help, cause } = error;
    return fail(code, details, { origin, help, related, cause });
  }
  // An error of a module says what is wrong by its code; only the place is added.
  if (diglyError !== undefined && isModuleErrorCode(diglyError.code)) {
    const { code: own, details, help, cause } = diglyError as DiglyError<ModuleErrorCode>;
    return fail(own, details, { origin, help, related, cause });
  }
  const change = changeProblem(error, resource);
  // The message of an error from `ctx.problem` names the resource already.
  const named = hasCode(error, "ERR_RESOURCE_INVALID") ? error : undefined;
  return fail(code, { urn, problem: change ?? named?.details.problem ?? messageOf(error) }, {
    origin,
    related,
    help: change === undefined
      ? diglyError?.help
      : "Copy what you want to change, and leave the resource as it is",
    cause: named === undefined ? error : named.cause,
  });
}

/** True for an error that explains the end of the boot by itself. */
function endsBoot(error: DiglyError): boolean {
  if (error.code === "ERR_ABORTED") return true;
  // Too many resources were registered, or too deeply.
  return hasCode(error, "ERR_LIMIT_EXCEEDED") && error.origin !== undefined &&
    ["registrationDepth", "resources"].includes(error.details.limit);
}

/** The failed execution that an error or one of its causes comes from. */
function causeIn(
  error: unknown,
  failedIn: (error: unknown) => FailedExecution | undefined,
): FailedExecution | undefined {
  let at = error;
  for (let count = 0; count < MAX_CAUSES && at instanceof Error; count++) {
    const execution = failedIn(at);
    if (execution !== undefined) return execution;
    at = at.cause;
  }
  return undefined;
}
