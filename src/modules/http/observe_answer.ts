/** Shows how requests are answered to an inspector. */
import type { ObservedWork, ObserveWork, WorkDescription } from "../../contract/author.ts";
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
  target: Target,
  answer: () => Response | Promise<Response>,
): Response | Promise<Response> {
  return observe(new Answer(urn, request, target, answer), failureOf);
}

/** The answer to a request. Every request has one, so that it is one small object. */
class Answer implements ObservedWork<Response> {
  readonly urn: string;
  readonly #request: Request;
  readonly #target: Target;
  readonly #answer: () => Response | Promise<Response>;
  #body: unknown = null;

  constructor(
    urn: string,
    request: Request,
    target: Target,
    answer: () => Response | Promise<Response>,
  ) {
    this.urn = urn;
    this.#request = request;
    this.#target = target;
    this.#answer = answer;
  }

  run(isRecorded: boolean): Response | Promise<Response> {
    return isRecorded ? this.#runRecorded() : this.#answer();
  }

  async #runRecorded(): Promise<Response> {
    const request = this.#request;
    bodies.set(request, null);
    try {
      return await this.#answer();
    } finally {
      this.#body = bodies.get(request) ?? null;
      bodies.delete(request);
    }
  }

  describe({ status, headers }: Response): WorkDescription {
    const { method, headers: sent } = this.#request;
    const { path, search } = this.#target;
    const contentType = sent.get("content-type");
    return {
      // Other headers may be credentials.
      input: {
        method,
        path: search === "" ? path : `${path}?${search}`,
        ...(contentType === null ? {} : { headers: { "content-type": contentType } }),
        ...(this.#body === null ? {} : { body: this.#body }),
      },
      output: { status, contentType: headers.get("content-type") },
    };
  }
}
