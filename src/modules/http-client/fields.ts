/** The fields of an `HttpClient.Request` after resolution, and what their values must be. */
import { headerNameProblem, headerValueProblem } from "../../contract/author.ts";

/** A status code, or a class such as `2xx`. */
export type ExpectedStatus = string | number;

/** The fields of a request; those that may use `input` can be deferred values. */
export interface RequestFields {
  readonly method: unknown;
  readonly url: unknown;
  readonly query?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly timeout: unknown;
  readonly redirect: "follow" | "error" | "manual";
  readonly expect?: ExpectedStatus | readonly ExpectedStatus[];
  readonly maxBytes: string | number;
  readonly inputSchema?: unknown;
}

/** Why a value cannot be sent. */
export interface FieldProblem {
  /** A predicate: `is not a URL`. */
  readonly problem: string;
  readonly help?: string;
}

/** The methods that a request may have; they match request.yaml. */
export const METHODS: readonly string[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
];

/** Methods whose requests have no body. */
export const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Headers that describe the connection or the body; runtimes disagree on who may set them. */
const MANAGED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Parses the URL of a request, or describes what is wrong with it. */
export function parseUrl(text: unknown): URL | FieldProblem {
  const help = "Write an absolute URL, such as https://api.example.com/users";
  if (typeof text !== "string") return { problem: "must be a string", help };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: "is not an absolute URL", help };
  }
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  return {
    problem: `begins with "${url.protocol}"`,
    help: "Requests are sent to http: and https:",
  };
}

/** Why a header cannot be sent, as a predicate; `undefined` if it can. */
export function headerProblem(name: string, value: unknown): FieldProblem | undefined {
  if (MANAGED.has(name.toLowerCase())) {
    return { problem: "is set by Digly", help: "Remove it" };
  }
  const problem = headerNameProblem(name) ??
    [value].flat().map(headerItemProblem).find((found) => found !== undefined);
  return problem === undefined ? undefined : { problem: `cannot be sent: ${problem}` };
}

function headerItemProblem(value: unknown): string | undefined {
  if (typeof value === "string") return headerValueProblem(value);
  return isScalar(value) ? undefined : "its value is not a string";
}

/** The values of a parameter or a header as strings; `undefined` for what has no text form. */
export function toTexts(value: unknown): readonly string[] | undefined {
  const items = Array.isArray(value) ? value as readonly unknown[] : [value];
  const isText = items.every((item) => typeof item === "string" || isScalar(item));
  return isText
    ? items.filter((item) => item !== null && item !== undefined).map(String)
    : undefined;
}

function isScalar(value: unknown): boolean {
  return value === null || value === undefined ||
    ["number", "boolean", "bigint"].includes(typeof value);
}
