/** Makes the request to send from the values of the fields. */
import {
  type FieldProblem,
  headerProblem,
  METHODS,
  parseUrl,
  toTexts,
  WITHOUT_BODY,
} from "./fields.ts";
import { leavesFolder } from "../shared/escaped_path.ts";

/** The fields that expressions may compute, after evaluation. */
export interface Values {
  readonly method: unknown;
  readonly url: unknown;
  readonly query?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

/** A request that is ready to send. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** A value that cannot be sent, and the path of its field. */
export class UnsendableError extends Error {
  readonly at: readonly string[];
  readonly help: string | undefined;

  constructor(at: readonly string[], what: string, { problem, help }: FieldProblem) {
    super(`${what} ${problem}`);
    this.at = at;
    this.help = help;
  }
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * Makes the request. `writtenUrl` is the URL as the manifest has it, with its expressions. Throws an
 * {@link UnsendableError}.
 */
export function buildRequest(values: Values, writtenUrl: string): Outgoing {
  const { method } = values;
  if (typeof method !== "string" || !METHODS.includes(method)) {
    throw new UnsendableError(["method"], "the method", {
      problem: `must be one of ${METHODS.join(", ")}`,
    });
  }
  const headers = buildHeaders(values.headers);
  const url = buildUrl(values, writtenUrl, headers);
  const body = encodeBody(values.body, headers);
  if (body !== undefined && WITHOUT_BODY.has(method)) {
    throw new UnsendableError(["body"], `a ${method} request`, { problem: "has no body" });
  }
  return { method, url, headers, body };
}

function buildUrl({ url: text, query }: Values, written: string, headers: Headers): URL {
  const url = parseUrl(text);
  if (!(url instanceof URL)) throw new UnsendableError(["url"], "the URL", url);
  const folder = folderOf(written);
  const { origin, pathname } = url;
  if (folder !== undefined && (!(origin + pathname).startsWith(folder) || leavesFolder(pathname))) {
    throw new UnsendableError(["url"], "the URL", {
      problem: `leads out of ${folder}`,
      help: "A value in it contains `..`; the text before a value determines where requests may go",
    });
  }
  if (url.username !== "" || url.password !== "") {
    // `fetch` rejects a URL with credentials.
    const credentials = `${decode(url.username)}:${decode(url.password)}`;
    if (!headers.has("authorization")) headers.set("authorization", `Basic ${base64(credentials)}`);
    url.username = "";
    url.password = "";
  }
  url.hash = "";
  for (const [name, value] of mapOf(query, ["query"], "the query")) {
    const texts = toTexts(value);
    if (texts === undefined) {
      throw new UnsendableError(["query", name], `the parameter "${name}"`, {
        problem: "must be a string, a number, a boolean or a list of them",
      });
    }
    for (const item of texts) url.searchParams.append(name, item);
  }
  return url;
}

/** Origin and folder of the text before the first expression, if that contains a whole host. */
function folderOf(written: string): string | undefined {
  const start = written.indexOf("${{");
  if (start < 0) return undefined;
  const [before] = /^https?:\/\/[^/?#\\]+\/[^?#]*/i.exec(written.slice(0, start)) ?? [];
  if (before === undefined || !URL.canParse(before)) return undefined;
  const { origin, pathname } = new URL(before);
  return origin + pathname.slice(0, pathname.lastIndexOf("/") + 1);
}

function buildHeaders(fields: unknown): Headers {
  const headers = new Headers();
  for (const [name, value] of mapOf(fields, ["headers"], "the headers")) {
    const problem = headerProblem(name, value);
    const texts = toTexts(value);
    if (problem !== undefined || texts === undefined) {
      throw new UnsendableError(
        ["headers", name],
        `the header "${name}"`,
        problem ?? {
          problem: "must be a string",
        },
      );
    }
    for (const item of texts) headers.append(name, item);
  }
  return headers;
}

function encodeBody(body: unknown, headers: Headers): Outgoing["body"] {
  if (body === undefined || body === null) return undefined;
  const type = headers.get("content-type");
  if (typeof body === "string" || body instanceof Uint8Array) {
    const usual = typeof body === "string"
      ? "text/plain;charset=UTF-8"
      : "application/octet-stream";
    if (type === null) headers.set("content-type", usual);
    return body as Outgoing["body"];
  }
  if (type !== null && FORM_TYPE.test(type)) return encodeForm(body);
  if (type === null) headers.set("content-type", "application/json");
  else if (!JSON_TYPE.test(type)) {
    throw new UnsendableError(["body"], "the body", {
      problem: `must be a string or bytes, because its content type is ${type}`,
    });
  }
  return JSON.stringify(body);
}

function encodeForm(body: unknown): string {
  const form = new URLSearchParams();
  for (const [name, value] of mapOf(body, ["body"], "the form")) {
    const texts = toTexts(value);
    if (texts === undefined) {
      throw new UnsendableError(["body", name], `the form field "${name}"`, {
        problem: "must be a string, a number, a boolean or a list of them",
      });
    }
    for (const item of texts) form.append(name, item);
  }
  return form.toString();
}

function mapOf(value: unknown, at: readonly string[], what: string): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (value instanceof Map) return Array.from(value, ([key, item]) => [String(key), item]);
  if (typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
  throw new UnsendableError(at, what, { problem: "must be a map" });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
