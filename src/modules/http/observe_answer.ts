/** Shows how requests are answered to an inspector. */
import type { ObserveWork } from "../../contract/author.ts";
import type { Target } from "./target.ts";

/** The bodies of requests that are being answered and recorded, which are few at a time. */
const bodies = new Map<Request, unknown>();

/** Notes the body of a request, once it was read. */
export function noteBody(request: Request, body: unknown): void {
  if (bodies.size > 0 && bodies.has(request)) bodies.set(request, body);
}

/** The errors that responses are made of. */
const errors = new WeakMap<Response, unknown>();

/** Notes why a response reports a failure of the app. */
export function noteFailure(response: Response, error: unknown): Response {
  if (response.status >= 500) errors.set(response, error);
  return response;
}

function failureOf(response: Response): unknown {
  const { status } = response;
  if (status < 500) return undefined;
  return errors.get(response) ?? new Error(`Answered with the status ${status}`);
}

/** Answers a request as work of the resource `urn`. */
export function observeAnswer(
  observe: ObserveWork,
  urn: string,
  request: Request,
  { path, search }: Target,
  answer: () => Response | Promise<Response>,
): Response | Promise<Response> {
  let body: unknown = null;

  async function answerRecorded(): Promise<Response> {
    bodies.set(request, null);
    try {
      return await answer();
    } finally {
      body = bodies.get(request) ?? null;
      bodies.delete(request);
    }
  }

  return observe({
    urn,
    run: (isRecorded) => isRecorded ? answerRecorded() : answer(),
    describe({ status, headers }) {
      const contentType = request.headers.get("content-type");
      return {
        // Other headers may be credentials.
        input: {
          method: request.method,
          path: search === "" ? path : `${path}?${search}`,
          ...(contentType === null ? {} : { headers: { "content-type": contentType } }),
          ...(body === null ? {} : { body }),
        },
        output: { status, contentType: headers.get("content-type") },
      };
    },
  }, failureOf);
}
