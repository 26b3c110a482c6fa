/** The HTTP servers of an app. */
import type { HttpServerApi } from "../contract/http_server.ts";
import { formatUrn } from "../contract/urn.ts";
import type { InspectedApp } from "./inspected_app.ts";

/** Their addresses, as a program on this machine reaches them. */
export function serversOf({ run: { kernel } }: InspectedApp): string[] {
  return kernel.resources().flatMap(({ kind, metadata: { name }, ...fields }) => {
    const api = kernel.apiOf(formatUrn(kind, name)) as Partial<HttpServerApi> | undefined;
    if (typeof api?.fetch !== "function" || typeof api.port !== "number") return [];
    const { host, tls } = fields as { readonly host?: unknown; readonly tls?: unknown };
    const isAll = typeof host !== "string" || host === "0.0.0.0" || host === "::";
    const shown = isAll ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
    return [`${tls === undefined ? "http" : "https"}://${shown}:${api.port}`];
  });
}
