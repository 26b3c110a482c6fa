/** Reads the bodies of requests to the API. */
import { didYouMean } from "../diagnostics/nearest.ts";
import { CASE_FILE } from "../testing/test_case.ts";
import type { ExecuteRequest, HttpRequestRequest, SaveTestRequest } from "./api.ts";
import { badRequest } from "./errors.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 300_000;

type Fields = Readonly<Record<string, unknown>>;

function asFields(body: unknown, names: readonly string[]): Fields {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("The body must be a JSON object");
  }
  for (const name of Object.keys(body)) {
    if (!names.includes(name)) {
      throw badRequest(`Unknown field "${name}"`, didYouMean(name, names));
    }
  }
  return body as Fields;
}

/** Reads the body of `POST executions`. */
export function asExecuteRequest(
  body: unknown,
): Required<Omit<ExecuteRequest, "input">> & ExecuteRequest {
  const { urn, input, timeoutMs } = asFields(body, ["urn", "input", "timeoutMs"]);
  if (typeof urn !== "string") {
    throw badRequest("`urn` must be a string", "Such as Http.Request.Ask");
  }
  return { urn, input, timeoutMs: timeoutOf(timeoutMs) };
}

/** Reads the body of `POST requests`. */
export function asHttpRequest(
  body: unknown,
): HttpRequestRequest & Required<Pick<HttpRequestRequest, "headers" | "timeoutMs">> {
  const fields = asFields(body, ["method", "path", "headers", "body", "server", "timeoutMs"]);
  const { method, path, headers = {}, server } = fields;
  if (typeof method !== "string" || !/^[A-Za-z]+$/.test(method)) {
    throw badRequest("`method` must be the name of a method", "Such as GET");
  }
  if (typeof path !== "string" || !path.startsWith("/") || path.startsWith("//")) {
    throw badRequest("`path` must begin with one slash", "Such as /orders?limit=10");
  }
  if (
    typeof headers !== "object" || headers === null ||
    Object.values(headers).some((value) => typeof value !== "string")
  ) {
    throw badRequest("`headers` must be a map of strings");
  }
  if (server !== undefined && (typeof server !== "string" || !/^https?:\/\/[^/]+$/.test(server))) {
    throw badRequest("`server` must be the address of a server", "Such as http://127.0.0.1:8080");
  }
  return {
    method: method.toUpperCase(),
    path,
    headers: headers as Readonly<Record<string, string>>,
    body: fields["body"],
    ...(server === undefined ? {} : { server }),
    timeoutMs: timeoutOf(fields["timeoutMs"]),
  };
}

/** Reads the body of `POST executions/<id>/test`. */
export function asSaveTestRequest(body: unknown): SaveTestRequest {
  const { name, file, preview } = body === undefined
    ? {}
    : asFields(body, ["name", "file", "preview"]);
  if (name !== undefined && !(typeof name === "string" && /^[A-Za-z_]\w{0,80}$/.test(name))) {
    throw badRequest("`name` must be a name", "Letters, digits and _, such as GreetsAda");
  }
  if (preview !== undefined && typeof preview !== "boolean") {
    throw badRequest("`preview` must be true or false");
  }
  if (file !== undefined && !(typeof file === "string" && CASE_FILE.test(file))) {
    throw badRequest(
      "`file` must be the path of a test in the folder of the app",
      "Such as tests/greets_ada.test.yaml",
    );
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(file === undefined ? {} : { file }),
    ...(preview === undefined ? {} : { preview }),
  };
}

function timeoutOf(value: unknown): number {
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  if (typeof value === "number" && value > 0 && value <= LONGEST_TIMEOUT_MS) return value;
  throw badRequest(`\`timeoutMs\` must be a number from 1 to ${LONGEST_TIMEOUT_MS}`);
}
