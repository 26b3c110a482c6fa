/** Errors of requests, as they are reported to the client. */

/** One violation of the schemas of a route. */
export interface RequestViolation {
  readonly in: "params" | "query" | "headers" | "body" | "input" | "message";
  /** `items[0].sku`; empty for the whole part. */
  readonly path: string;
  readonly message: string;
}

/** A rejected request; its message is for the client. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly violations: readonly RequestViolation[] | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly violations?: readonly RequestViolation[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.violations = more.violations;
    this.headers = more.headers;
  }
}

/** The error for a request that does not match its schemas. */
export function badRequest(
  message: string,
  violations: readonly RequestViolation[] = [],
): RequestError {
  return new RequestError(
    400,
    "BAD_REQUEST",
    message,
    violations.length === 0 ? {} : { violations },
  );
}

/** The error for a method that a path does not have; `allow` lists those that it has. */
export function methodNotAllowed(allow: string): RequestError {
  return new RequestError(405, "METHOD_NOT_ALLOWED", "Method not allowed", { headers: { allow } });
}

/** The error for a body whose client has left before its end. */
export function endedEarly(): RequestError {
  return badRequest("The request body ended early");
}
