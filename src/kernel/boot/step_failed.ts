/** The error for a `create` or `init` that failed, with the places it has to do with. */
import {
  type DiglyError,
  fail,
  isDiglyError,
  messageOf,
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
interface Subject {
  readonly urn: string;
  readonly resource: RuntimeResource;
  readonly manifest: Located;
}

const STEPS = { ERR_CREATE_FAILED: "created", ERR_INIT_FAILED: "initialised" } as const;

/** So many causes of an error are looked at for one that arose in an execution. */
const MOST_CAUSES = 8;

/**
 * Keeps the cause, and an error of ours that says why the boot ends. When another resource
 * failed, the error points at that one, and at the one that was being started.
 */
export function stepFailed(
  code: keyof typeof STEPS,
  { urn, resource, manifest }: Subject,
  thrown: unknown,
  failedIn: (error: unknown) => FailedExecution | undefined,
): DiglyError {
  const error = readable(thrown);
  const known = isDiglyError(error) ? error : undefined;
  if (known !== undefined && endsBoot(known)) return known;
  const own = manifest.originAt([]);
  const other = causeIn(error, failedIn);
  const isElsewhere = other !== undefined && other.urn !== urn;
  const origin = known?.origin ?? (isElsewhere ? other.origin : undefined) ?? own;
  const related: Related[] = [...known?.related ?? []];
  if (isElsewhere && origin !== own) {
    related.push({ message: `${urn} was being ${STEPS[code]}`, origin: own });
  }
  if (known?.code === code) {
    const { details, help, cause } = known as DiglyError<typeof code>;
    return fail(code, details, { origin, help, related, cause });
  }
  const change = changeProblem(error, resource);
  // What `ctx.problem` made names the resource already.
  const named = known?.code === "ERR_RESOURCE_INVALID"
    ? known as DiglyError<"ERR_RESOURCE_INVALID">
    : undefined;
  return fail(code, { urn, problem: change ?? named?.details.problem ?? messageOf(error) }, {
    origin,
    related,
    help: change === undefined
      ? known?.help
      : "Copy what you want to change, and leave the resource as it is",
    cause: named === undefined ? error : named.cause,
  });
}

/** True for an error that says by itself why the boot ends. */
function endsBoot({ code, details, origin }: DiglyError): boolean {
  if (code === "ERR_ABORTED") return true;
  // Too many resources were registered, or one below the other.
  return code === "ERR_LIMIT_EXCEEDED" && origin !== undefined &&
    ["registrationDepth", "resources"].includes((details as { limit: string }).limit);
}

/** The execution that failed behind an error, or behind one of its causes. */
function causeIn(
  error: unknown,
  failedIn: (error: unknown) => FailedExecution | undefined,
): FailedExecution | undefined {
  let at = error;
  for (let count = 0; count < MOST_CAUSES && at instanceof Error; count++) {
    const found = failedIn(at);
    if (found !== undefined) return found;
    at = at.cause;
  }
  return undefined;
}
