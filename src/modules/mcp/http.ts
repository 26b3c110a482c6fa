/** The transport "Streamable HTTP": each POST has one message, and its response is JSON. */
import type { HttpMount, HttpMountInfo } from "../../contract/author.ts";
import {
  answer,
  failure,
  idOf,
  INVALID_REQUEST,
  type Offer,
  PARSE_ERROR,
  VERSIONS,
} from "./protocol.ts";
import type { ToolCall } from "./tools.ts";

/** Pages of this machine; any other origin could be a page that a browser was lured to. */
const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** Makes what an `Http.Server` mounts. There are no sessions, so each request is on its own. */
export function httpMount(path: string, origins: readonly string[], offer: Offer): HttpMount {
  return {
    paths: [path],
    async fetch(request, info) {
      const { method, headers } = request;
      const origin = headers.get("origin");
      if (origin !== null && !LOCAL.test(origin) && !origins.includes(origin)) {
        return problem(403, "The origin is not allowed");
      }
      // A GET would open a stream of messages from the server, which has none.
      if (method !== "POST") return problem(405, "Method not allowed", { allow: "POST" });
      if (!/^application\/json\s*(?:;|$)/i.test(headers.get("content-type") ?? "")) {
        return problem(415, "The content type must be application/json");
      }
      if (!acceptsJson(headers.get("accept"))) {
        return problem(406, "The client must accept application/json");
      }
      const version = headers.get("mcp-protocol-version");
      if (version !== null && !VERSIONS.includes(version)) {
        return problem(400, `Unsupported protocol version; supported are ${VERSIONS.join(", ")}`);
      }
      return await respond(info, offer);
    },
  };
}

async function respond(info: HttpMountInfo, offer: Offer): Promise<Response> {
  let message: unknown;
  try {
    message = await info.readBody();
  } catch (error) {
    // The server answers a body that is too large or late.
    if ((error as { readonly status?: unknown }).status !== 400) throw error;
    return json(400, failure(null, PARSE_ERROR, "The body is not valid JSON"));
  }
  const { signal } = info.execution;
  const call: ToolCall = {
    caller: info.request,
    signal: typeof signal === "function" ? signal() : signal ?? new AbortController().signal,
    execution: info.execution,
  };
  const response = await answer(message, offer, call);
  if (response === undefined) return new Response(null, { status: 202 });
  return json(response.error?.code === INVALID_REQUEST ? 400 : 200, response);
}

function acceptsJson(accept: string | null): boolean {
  return accept === null || /(?:^|[,\s])(?:application\/(?:json|\*)|\*\/\*)/i.test(accept);
}

function problem(status: number, message: string, headers: Record<string, string> = {}): Response {
  return json(status, failure(idOf(null), INVALID_REQUEST, message), headers);
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
