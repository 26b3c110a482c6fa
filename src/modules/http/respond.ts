/** Responses of routes and of failures. */
import {
  type ControllerContext,
  formatField,
  formOf,
  isLate,
  resultJson,
  type Violation,
} from "../../contract/author.ts";
import type { PublicError } from "./public_error.ts";
import type { RequestView } from "./request.ts";
import { toHeaders } from "./response_headers.ts";
import type { ResponseFields } from "./resources.ts";
import type { ResponseClass } from "./response_class.ts";
import { bodyResponse, discard, forwardResponse, type Sending } from "./send.ts";

/** The names that the expressions of a response may use. */
export type ResponseScope =
  & { readonly request: RequestView }
  & ({ readonly result: unknown } | { readonly error: unknown });

/** Defaults of a response that sets no status or body. */
interface Usual {
  readonly status?: number;
  readonly content: unknown;
}

/** Makes a response of a route from the values of its expressions. */
export type Responder = (scope: ResponseScope, usual: Usual, sending?: Sending) => Response;

const JSON_CONTENT = "application/json";
/** What a response of JSON is made with, by its status: nobody changes it. */
const jsonInits = new Map<number, ResponseInit>();

function jsonInit(status: number): ResponseInit {
  let init = jsonInits.get(status);
  if (init === undefined) {
    const headers = { "content-type": JSON_CONTENT };
    // Bun copies headers in two thirds of the time that it takes to read an object; Deno is the opposite.
    init = { status, headers: "Bun" in globalThis ? new Headers(headers) : headers };
    jsonInits.set(status, init);
  }
  return init;
}

/** Statuses whose responses have no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Compiles the responses of a route, whose handler is the resource `urn`. Throws
 * `ERR_SCHEMA_VALIDATION` for an invalid schema.
 */
export async function createResponder(
  response: ResponseFields,
  urn: string,
  Response: ResponseClass,
  ctx: ControllerContext,
): Promise<Responder> {
  const status = ctx.template(response.status);
  const headers = response.headers === undefined ? undefined : ctx.template(response.headers);
  const body = response.body === undefined ? undefined : ctx.template(response.body);
  const validate = response.schema === undefined ? undefined : await ctx.validator(response.schema);

  const writeJson = (content: unknown) =>
    resultJson(urn, content, body === undefined ? "result" : "body");
  let text: string | undefined;
  const toJson = body !== undefined && isConstant(response.body)
    ? () => text ??= writeJson(response.body)
    : writeJson;

  /** Bytes or a stream; the schema of a response describes JSON. */
  function respondWithBody(content: unknown, scope: ResponseScope, sending: Sending): Response {
    const code = checkStatus(status(scope) ?? 200);
    const list = toHeaders(headers?.(scope), scope.request);
    if (!WITHOUT_BODY.has(code)) return bodyResponse(content, code, list, sending, Response);
    discard(content);
    return new Response(null, { status: code, headers: list });
  }

  return (scope, usual, sending) => {
    const content = body === undefined ? usual.content : body(scope);
    if (sending !== undefined) {
      if (content !== usual.content) discard(usual.content);
      const form = formOf(content);
      if (form === "response") return forwardResponse(content as Response, sending, Response);
      if (form !== "data") return respondWithBody(content, scope, sending);
    }
    if (validate !== undefined) check(validate(content ?? null).violations);
    const isEmpty = body === undefined && (content === undefined || content === null);
    const code = checkStatus(status(scope) ?? usual.status ?? (isEmpty ? 204 : 200));
    if (headers === undefined) {
      return isEmpty || WITHOUT_BODY.has(code)
        ? new Response(null, { status: code })
        : new Response(toJson(content), jsonInit(code));
    }
    const list = toHeaders(headers(scope), scope.request);
    if (isEmpty || WITHOUT_BODY.has(code)) {
      return new Response(null, { status: code, headers: list });
    }
    const type = list.get("content-type");
    if (type === null) list.set("content-type", JSON_CONTENT);
    const isText = typeof content === "string" && type !== null && !/\bjson\b/i.test(type);
    return new Response(isText ? content : toJson(content), { status: code, headers: list });
  };
}

/** The response to a rejected request or a failure, which has the same `id` in the log. */
export function errorResponse(
  error: PublicError,
  Response: ResponseClass,
  id?: string,
): Response {
  return new Response(JSON.stringify(errorBody(error, id)), {
    status: error.status,
    headers: { "content-type": JSON_CONTENT, ...error.headers },
  });
}

/** The body of every error response. */
export function errorBody(
  { code, message, violations, data }: PublicError,
  id?: string,
): Readonly<Record<string, unknown>> {
  return { error: { code, message, violations, data, id } };
}

/** True for a value without expressions. */
function isConstant(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !isLate(value) && Object.values(value).every(isConstant);
}

function check(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const list = violations.map(({ path, message }) => [formatField(path), message].join(" ").trim());
  throw new Error(`The response does not match its schema: ${list.join("; ")}`);
}

function checkStatus(status: unknown): number {
  if (Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599) {
    return status as number;
  }
  throw new Error("The `status` of the response must be an integer from 200 to 599");
}
