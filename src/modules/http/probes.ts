/** What a server answers about itself: `/healthz`, `/readyz` and `/metrics`. */
import type { ControllerContext } from "../../contract/module.ts";
import { RequestError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import type { ServerFields } from "./resources.ts";
import { errorResponse, type ResponseClass } from "./respond.ts";
import { split } from "./serve.ts";
import type { MountedRoute } from "./routes.ts";

/** Answers what is asked about the server itself; gives nothing for any other request. */
export type Probes = (request: Request) => Response | Promise<Response> | undefined;

const HEALTH_PATHS = ["/healthz", "/readyz"];
const METRICS_PATH = "/metrics";

/** Throws an `Error` when a route stands where the server answers itself. */
export function checkProbes(server: ServerFields, routes: readonly MountedRoute[]): void {
  const owned = new Map([
    ...(server.health ? HEALTH_PATHS : []).map((path) => [path, "health"] as const),
    ...(server.metrics ? [[METRICS_PATH, "metrics"] as const] : []),
  ]);
  for (const { urn, method, path, pattern } of routes) {
    const field = owned.get(pattern);
    if (field === undefined) continue;
    throw new Error(
      `\`${field}: true\` answers at ${pattern}, and so does ${method} ${path} of ${urn}`,
    );
  }
}

/** The probes that `server` asks for; made during the boot, they follow the runtime from there. */
export function createProbes(
  server: ServerFields,
  metrics: Metrics | undefined,
  Response: ResponseClass,
  ctx: ControllerContext,
): Probes | undefined {
  const answers = new Map<string, () => Response | Promise<Response>>();
  if (server.health) {
    const stateOf = followRuntime(ctx);
    answers.set("/healthz", () => statusResponse(200, "alive", Response));
    answers.set("/readyz", () => {
      const state = stateOf();
      return statusResponse(state === "ready" ? 200 : 503, state, Response);
    });
  }
  if (metrics !== undefined) {
    answers.set(METRICS_PATH, async () => {
      const { type, text } = await metrics.read();
      return new Response(text, { headers: { "content-type": type, "cache-control": "no-store" } });
    });
  }
  if (answers.size === 0) return undefined;
  return ({ method, url }) => {
    const answer = answers.get(split(url).path);
    if (answer === undefined) return undefined;
    if (method === "GET" || method === "HEAD") return answer();
    return errorResponse(
      new RequestError(405, "METHOD_NOT_ALLOWED", "This path does not know this method", {
        headers: { allow: "GET, HEAD" },
      }),
      Response,
    );
  };
}

/** Where in its life the runtime is, from the boot on. */
function followRuntime(ctx: ControllerContext): () => "starting" | "ready" | "stopping" {
  let state: "starting" | "ready" | "stopping" = "starting";
  ctx.once("Runtime.Started", () => {
    if (state === "starting") state = "ready";
  });
  ctx.once("Runtime.Stopping", () => {
    state = "stopping";
  });
  return () => state;
}

function statusResponse(status: number, word: string, Response: ResponseClass): Response {
  return new Response(JSON.stringify({ status: word }), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
