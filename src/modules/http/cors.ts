/** `Http.Cors`: lets pages of other origins use the routes. */
import {
  durationMs,
  type HttpMiddleware,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import { addVary } from "./vary.ts";

/** The fields of an `Http.Cors`. */
export interface CorsFields {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers?: readonly string[];
  readonly expose: readonly string[];
  readonly credentials: boolean;
  readonly maxAge: string | number;
}

/** Answers preflights, and adds the headers to every other response. */
export function create(cors: RuntimeResource<CorsFields>): ResourceInstance<HttpMiddleware> {
  const { origins, methods, headers, expose, credentials } = cors;
  const isOpen = origins.includes("*");
  const allowed = new Set(origins.map((origin) => origin.toLowerCase()));
  const maxAge = String(Math.floor((durationMs(cors.maxAge) ?? 0) / 1_000));

  /** Marks a response, and returns whether the origin is allowed. */
  function mark(to: Headers, origin: string | null): boolean {
    if (!isOpen) addVary(to, "origin");
    if (origin === null || !(isOpen || allowed.has(origin.toLowerCase()))) return false;
    to.set("access-control-allow-origin", isOpen ? "*" : origin);
    if (credentials) to.set("access-control-allow-credentials", "true");
    return true;
  }

  function answerPreflight(request: Request): Response {
    const answer = new Headers();
    if (headers === undefined) addVary(answer, "access-control-request-headers");
    if (mark(answer, request.headers.get("origin"))) {
      const asked = headers?.join(", ") ?? request.headers.get("access-control-request-headers");
      answer.set("access-control-allow-methods", methods.join(", "));
      if (asked !== null && asked !== "") answer.set("access-control-allow-headers", asked);
      answer.set("access-control-max-age", maxAge);
    }
    return new Response(null, { status: 204, headers: answer });
  }

  return {
    api: {
      runsWhenBusy: true,
      async middleware(request, next) {
        const isPreflight = request.method === "OPTIONS" && request.headers.has("origin") &&
          request.headers.has("access-control-request-method");
        if (isPreflight) return answerPreflight(request);
        const response = await next();
        const isAllowed = mark(response.headers, request.headers.get("origin"));
        if (isAllowed && expose.length > 0) {
          response.headers.set("access-control-expose-headers", expose.join(", "));
        }
        return response;
      },
    },
  };
}
