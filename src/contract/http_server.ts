/** What an `Http.Server` provides to others. */
import type { HttpRouteDescription } from "./http_mount.ts";

/**
 * The `api` of an `Http.Server`.
 *
 * @example
 * const server = ctx.use<HttpServerApi>("Http.Server.Main");
 * const response = await server.fetch(new Request(`http://localhost:${server.port}/healthz`));
 */
export interface HttpServerApi {
  /** The port that it listens on, or would. */
  readonly port: number;
  /** The hosts that it answers for; all if it does not say. */
  readonly hosts: readonly string[] | undefined;
  /** Answers a request as if it came from the network, also if the server does not listen. */
  fetch(request: Request): Promise<Response>;
  /** The routes that it mounts, in their order. */
  routes(): readonly HttpRouteDescription[];
}
