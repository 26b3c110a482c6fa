/** Headers that are made of the values of expressions. */
import { headerValueProblem } from "../../contract/author.ts";
import { badRequest } from "./errors.ts";
import type { RequestView } from "./request.ts";

/** Headers that can be sent. Throws a `RequestError` if one cannot because of the request. */
export function toHeaders(fields: unknown, request: RequestView): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries((fields ?? {}) as Record<string, unknown>)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === null || item === undefined) continue;
      const text = String(item);
      const problem = headerValueProblem(text);
      if (problem !== undefined) throw unsendable(name, text, problem, request);
      headers.append(name, text);
    }
  }
  return headers;
}

function unsendable(name: string, value: string, problem: string, request: RequestView): Error {
  const { params, query, headers, body } = request;
  const characters = [...value].filter((character) => headerValueProblem(character) !== undefined);
  const isOfClient = [params, query, headers, body].some((part) => contains(part, characters));
  const message = `The header "${name}" cannot be sent: ${problem}`;
  return isOfClient ? badRequest(message) : new Error(message);
}

/** True if a string somewhere in `root` has one of the characters. */
function contains(root: unknown, characters: readonly string[]): boolean {
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value === "string") {
      const text = value;
      if (characters.some((character) => text.includes(character))) return true;
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) pending.push(key, item ?? "");
    }
  }
  return false;
}
