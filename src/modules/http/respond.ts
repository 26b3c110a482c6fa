/** Responses of routes and of failures. */
import type { ControllerContext } from "../../contract/module.ts";
import type { RequestError } from "./errors.ts";
import type { RouteFields } from "./resources.ts";

/** The class of responses; a runtime may have a faster one than the global. */
export type ResponseClass = typeof Response;

/** Makes the response of a route from the values of its expressions. */
export type Responder = (
  scope: { readonly request: unknown; readonly result: unknown },
) => Response;

const JSON_CONTENT = "application/json";
/** Statuses whose responses have no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Compiles the responses of a route. Throws `ERR_SCHEMA_VALIDATION` for an invalid schema. */
export async function createResponder(
  response: NonNullable<RouteFields["response"]>,
  Response: ResponseClass,
  ctx: ControllerContext,
): Promise<Responder> {
  const status = ctx.template(response.status);
  const headers = response.headers === undefined ? undefined : ctx.template(response.headers);
  const body = response.body === undefined ? undefined : ctx.template(response.body);
  const validate = response.schema === undefined ? undefined : await ctx.validator(response.schema);

  return (scope) => {
    const content = body === undefined ? scope.result : body(scope);
    const violations = validate?.(content ?? null) ?? [];
    if (violations.length > 0) {
      throw new Error(
        `The response does not match its schema: ${
          violations.map(({ path, message }) => [path.join("."), message].join(" ").trim())
            .join("; ")
        }`,
      );
    }
    const isEmpty = body === undefined && (content === undefined || content === null);
    const code = checkStatus(status(scope) ?? (isEmpty ? 204 : 200));
    if (headers === undefined) {
      return isEmpty || WITHOUT_BODY.has(code)
        ? new Response(null, { status: code })
        : new Response(toJson(content), {
          status: code,
          headers: { "content-type": JSON_CONTENT },
        });
    }
    const list = toHeaders(headers(scope));
    if (isEmpty || WITHOUT_BODY.has(code)) {
      return new Response(null, { status: code, headers: list });
    }
    const type = list.get("content-type");
    if (type === null) list.set("content-type", JSON_CONTENT);
    const isText = typeof content === "string" && type !== null && !/\bjson\b/i.test(type);
    return new Response(isText ? content : toJson(content), { status: code, headers: list });
  };
}

/** The response to a rejected request. */
export function errorResponse(error: RequestError, Response: ResponseClass): Response {
  const { status, code, message, violations } = error;
  const body = { error: { code, message, ...(violations === undefined ? {} : { violations }) } };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": JSON_CONTENT, ...error.headers },
  });
}

/** The response to an internal failure; the log has the same `id`. */
export function failureResponse(id: string, Response: ResponseClass): Response {
  const error = { code: "INTERNAL_ERROR", message: "The request could not be answered", id };
  return new Response(JSON.stringify({ error }), {
    status: 500,
    headers: { "content-type": JSON_CONTENT },
  });
}

function toJson(content: unknown): string {
  return JSON.stringify(content) ?? "null";
}

function checkStatus(status: unknown): number {
  if (Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599) {
    return status as number;
  }
  throw new Error("The `status` of the response must be an integer from 200 to 599");
}

function toHeaders(fields: unknown): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries((fields ?? {}) as Record<string, unknown>)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null && item !== undefined) headers.append(name, String(item));
    }
  }
  return headers;
}
