/** Requests that an app answers without a port. */
import { fail } from "../contract/errors.ts";
import type { HttpServerApi } from "../contract/http_server.ts";
import { formatUrn } from "../contract/urn.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** Answers a request by the server of an app that it is for. A path goes to the first server. */
export async function fetchFromApp(
  kernel: Kernel,
  input: Request | URL | string,
  init?: RequestInit,
): Promise<Response> {
  const servers = kernel.resources()
    .map(({ kind, metadata: { name } }) => kernel.apiOf(formatUrn(kind, name)))
    .filter(isServer);
  const [first] = servers;
  if (first === undefined) {
    throw fail("ERR_USAGE", { problem: "The app has no Http.Server that could answer" }, {
      help: "Add an Http.Server to the app; a test does not need its port",
    });
  }
  const isPath = typeof input === "string" && input.startsWith("/");
  const named = first.hosts?.find((host) => !host.startsWith("*")) ?? "localhost";
  const request = new Request(isPath ? `http://${named}${input}` : input, init);
  const url = new URL(request.url);
  const server = isPath ? first : servers.find((one) => isFor(url, one)) ?? first;
  const headers = new Headers(request.headers);
  if (!headers.has("host")) headers.set("host", url.host);
  return await server.fetch(new Request(request, { headers }));
}

function isServer(api: unknown): api is HttpServerApi {
  return typeof api === "object" && api !== null && "fetch" in api && "hosts" in api;
}

function isFor({ port, hostname }: URL, server: HttpServerApi): boolean {
  if (port !== "") return server.port === Number(port);
  return server.hosts?.some((host) =>
    host === hostname || (host.startsWith("*.") && hostname.endsWith(host.slice(1)))
  ) ?? false;
}
