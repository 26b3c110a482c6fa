/** The built-in paths of a server: `/healthz`, `/readyz` and `/metrics`. */
import type { ControllerContext, ModuleCreateContext } from "../../contract/author.ts";
import { methodNotAllowed } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import type { ServerFields } from "./resources.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";

/** Answers the built-in paths; returns `undefined` for any other path. */
export type Probes = (method: string, path: string) => Response | undefined;

const HEALTH_PATHS = ["/healthz", "/readyz"];
const METRICS_PATH = "/metrics";

/** The built-in paths of a server, and the field that enables each. */
export function probePaths(server: ServerFields): ReadonlyMap<string, "health" | "metrics"> {
  return new Map([
    ...(server.health ? HEALTH_PATHS : []).map((path) => [path, "health"] as const),
    ...(server.metrics ? [[METRICS_PATH, "metrics"] as const] : []),
  ]);
}

/** What `/readyz` says unless a resource reports that it cannot work. */
export type RuntimeState = "starting" | "ready" | "stopping";

/** Creates the probes of `server`. */
export function createProbes(
  server: ServerFields,
  metrics: Metrics | undefined,
  stateOf: () => RuntimeState,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Probes | undefined {
  const answers = new Map<string, () => Response>();
  if (server.health) {
    answers.set("/healthz", () => statusResponse(200, "alive", Response));
    answers.set("/readyz", () => {
      const isUnready = ctx.kernel.unready().length > 0;
      const state = stateOf() === "ready" && isUnready ? "unavailable" : stateOf();
      return statusResponse(state === "ready" ? 200 : 503, state, Response);
    });
  }
  if (metrics !== undefined) {
    const headers = {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "cache-control": "no-store",
    };
    answers.set(METRICS_PATH, () => new Response(metrics.read(), { headers }));
  }
  if (answers.size === 0) return undefined;
  return (method, path) => {
    const answer = answers.get(path);
    if (answer === undefined) return undefined;
    if (method === "GET" || method === "HEAD") return answer();
    return errorResponse(
      methodNotAllowed("GET, HEAD"),
      Response,
    );
  };
}

/** Follows the state of the runtime, starting from the boot. */
export function followRuntime(ctx: ControllerContext): () => RuntimeState {
  let state: RuntimeState = "starting";
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
