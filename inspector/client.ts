/** Requests to the API of the inspector. */
import type { ApiError, ApiProblem } from "../src/inspector/api.ts";

/** A request that failed, in the words of the server where it has answered. */
export class RequestFailure extends Error {
  /** 0 if there was no answer. */
  readonly status: number;
  readonly problem: ApiError;

  constructor(status: number, problem: ApiError) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

/** Reads from the API. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request(path, signal === undefined ? {} : { signal });
}

/** Asks the API to do something. */
export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** The path of something that has a name of its own. */
export function pathTo(collection: string, id: string, ...rest: readonly string[]): string {
  return [collection, id, ...rest].map(encodeURIComponent).join("/");
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(`/api/v1/${path}`, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new RequestFailure(0, {
      code: "ERR_CONNECTION",
      message: "The app cannot be reached",
      help: "It may have stopped; the page connects again by itself",
    });
  });
  const body = await response.json().catch(() => undefined) as T | ApiProblem | undefined;
  if (response.ok && body !== undefined) return body as T;
  throw new RequestFailure(
    response.status,
    (body as ApiProblem | undefined)?.error ??
      { code: `HTTP ${response.status}`, message: "The inspector gave an unexpected answer" },
  );
}
