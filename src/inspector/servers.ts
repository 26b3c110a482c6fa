/** The HTTP servers of an app. */
import type { HttpServerApi } from "../contract/http_server.ts";
import { formatUrn } from "../contract/urn.ts";
import type { RouteRequest } from "./api.ts";
import { capture } from "./capture.ts";
import type { InspectedApp } from "./inspected_app.ts";

/** A server with its address, as a program on this machine reaches it. */
interface AppServer {
  readonly urn: string;
  readonly url: string;
  readonly api: HttpServerApi;
}

function findServers({ run: { kernel } }: InspectedApp): AppServer[] {
  return kernel.resources().flatMap(({ kind, metadata: { name }, ...fields }) => {
    const urn = formatUrn(kind, name);
    const api = kernel.apiOf(urn) as Partial<HttpServerApi> | undefined;
    if (typeof api?.fetch !== "function" || typeof api.port !== "number") return [];
    const { host, tls } = fields as { readonly host?: unknown; readonly tls?: unknown };
    const isAll = typeof host !== "string" || host === "0.0.0.0" || host === "::";
    const shown = isAll ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
    const url = `${tls === undefined ? "http" : "https"}://${shown}:${api.port}`;
    return [{ urn, url, api: api as HttpServerApi }];
  });
}

/** The addresses of all servers. */
export function serversOf(app: InspectedApp): string[] {
  return findServers(app).map(({ url }) => url);
}

/** The requests that the servers answer with routes: those of a resource or of a server, or all. */
export function routesOf(app: InspectedApp, urn?: string): RouteRequest[] {
  return findServers(app).flatMap((server) =>
    server.api.routes()
      .filter(({ resource }) => urn === undefined || urn === resource || urn === server.urn)
      .map(({ resource, method, path, summary, request, security }) => ({
        resource,
        method,
        path,
        server: server.url,
        ...(summary === undefined ? {} : { summary }),
        schemas: capture(
          Object.fromEntries(Object.entries(request).filter(([, schema]) => schema !== undefined)),
          app.redact,
        ).value as RouteRequest["schemas"],
        security: security.map(({ resource }) => resource),
      }))
  );
}
