/** The responses to requests that are refused or fail. */
import { isDiglyError, type ModuleCreateContext } from "../../contract/author.ts";
import { RequestError } from "./errors.ts";
import { logFailure } from "./failure_log.ts";
import { noteFailure } from "./observe_answer.ts";
import { publicError } from "./public_error.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import type { Target } from "./target.ts";

/** Responds to what answering a request threw; a failure of the app is logged. */
export function failureResponse(
  error: unknown,
  request: Request,
  target: Target,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Response {
  if (error instanceof RequestError) return errorResponse(error, Response);
  const response = respondToFailure(error, request, target, Response, ctx);
  return ctx.observeWork === undefined ? response : noteFailure(response, error);
}

/** The response of a server that is stopping. */
export function unavailable(Response: ResponseClass): Response {
  return errorResponse(
    new RequestError(503, "UNAVAILABLE", "The server is stopping", {
      headers: { "retry-after": "1" },
    }),
    Response,
  );
}

function respondToFailure(
  error: unknown,
  request: Request,
  { path }: Target,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Response {
  // The client has disconnected, so this response is never sent.
  if (request.signal.aborted) return errorResponse(publicError(undefined), Response);
  const known = ctx.redact(publicError(error));
  const isStopping = isDiglyError(error) && error.code === "ERR_ABORTED" && ctx.signal.aborted;
  if (isStopping && known.status !== 504) return unavailable(Response);
  const id = known.status < 500 ? undefined : logFailure(error, request.method, path, ctx);
  try {
    return errorResponse(known, Response, id);
  } catch (cause) {
    // The data of an error may be anything, such as a BigInt.
    const failed = new Error("The data of the error cannot be sent", { cause });
    return errorResponse(
      publicError(undefined),
      Response,
      logFailure(failed, request.method, path, ctx),
    );
  }
}
