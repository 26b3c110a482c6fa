/** Checks what is written in an `HttpClient.Request`; values of expressions are checked when it is sent. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import {
  type FieldProblem,
  headerProblem,
  parseUrl,
  type RequestFields,
  toTexts,
  WITHOUT_BODY,
} from "./fields.ts";

/** Reports every field whose request could not be sent. */
export function check(request: RuntimeResource<RequestFields>, ctx: CheckContext): void {
  const { method, url, query, headers, body } = request;
  const report = (at: readonly string[], what: string, { problem, help }: FieldProblem) =>
    ctx.report(ctx.problem(at, `${what} ${problem}`, { help }));

  if (typeof url === "string") {
    const parsed = parseUrl(url);
    if (!(parsed instanceof URL)) report(["url"], "the URL", parsed);
  }
  for (const [name, value] of entriesOf(headers)) {
    const problem = headerProblem(name, isWritten(value) ? value : null);
    if (problem !== undefined) report(["headers", name], `the header "${name}"`, problem);
  }
  for (const [name, value] of entriesOf(query)) {
    if (!isWritten(value) || toTexts(value) !== undefined) continue;
    report(["query", name], `the parameter "${name}"`, {
      problem: "must be a string, a number, a boolean or a list of them",
    });
  }
  const hasBody = body !== undefined && body !== null;
  if (hasBody && typeof method === "string" && WITHOUT_BODY.has(method)) {
    report(["body"], `a ${method} request`, {
      problem: "has no body",
      help: "Set `method`, for example to POST",
    });
  }
}

/** The entries of a map; an expression is a value of a class and has none. */
function entriesOf(value: unknown): [name: string, value: unknown][] {
  return isPlainMap(value) ? Object.entries(value) : [];
}

/** True if no part of the value is an expression. */
function isWritten(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isWritten);
  return typeof value !== "object" || value === null || isPlainMap(value);
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
