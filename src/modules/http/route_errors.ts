/** A route's `errors`: its own answers to errors of its handler, by code. */
import { type ControllerContext, type DiglyError, isDiglyError } from "../../contract/author.ts";
import { logFailure } from "./failure_log.ts";
import { errorView, listedError } from "./public_error.ts";
import type { RequestView } from "./request.ts";
import type { ResponseFields } from "./resources.ts";
import { createResponder, errorBody } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";

/** Answers an error as the route says. Throws it again if the route does not list its code. */
export type AnswerError = (error: unknown, request: RequestView, path: string) => Response;

/** Compiles the `errors` of a route. */
export async function createErrorAnswers(
  errors: Readonly<Record<string, ResponseFields>>,
  urn: string,
  Response: ResponseClass,
  ctx: ControllerContext,
): Promise<AnswerError> {
  const answers = new Map<
    string,
    (error: DiglyError, request: RequestView, path: string) => Response
  >();
  for (const [code, fields] of Object.entries(errors)) {
    const respond = await createResponder(fields, urn, Response, ctx);
    answers.set(code, (error, request, path) => {
      const known = ctx.redact(listedError(error));
      const scope = { request, error: ctx.redact(errorView(error)) };
      // The id is for whoever answers for the failure, unless the route says that it is none.
      const isFailure = known.status >= 500 && fields.status === undefined;
      const id = isFailure ? logFailure(error, request.method, path, ctx) : undefined;
      return respond(scope, { status: known.status, content: errorBody(known, id) });
    });
  }
  return (error, request, path) => {
    if (!isDiglyError(error)) throw error;
    const answer = answers.get(error.code);
    if (answer === undefined) throw error;
    return answer(error, request, path);
  };
}
