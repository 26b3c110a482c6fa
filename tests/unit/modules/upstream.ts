/** An HTTP service on the loopback interface that `HttpClient.Request` is tested with. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** A running service. */
export interface Upstream {
  readonly url: string;
  /** How many connections clients have opened. */
  readonly connections: () => number;
  /** How many requests have come. */
  readonly requests: () => number;
  /** How many requests ended before they were answered. */
  readonly abandoned: () => number;
  readonly close: () => Promise<void>;
}

/** What `/echo` answers with: the request as it arrived. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Starts a service. `/go` redirects to the query parameter `to` with the status `status`. */
export async function startUpstream(): Promise<Upstream> {
  let connections = 0;
  let requests = 0;
  let abandoned = 0;
  const server: Server = createServer((request, response) => {
    requests++;
    response.on("close", () => {
      if (!response.writableEnded) abandoned++;
    });
    // It fails if the client leaves before the end of its request.
    answer(request, response).catch(() => {});
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    requests: () => requests,
    abandoned: () => abandoned,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, "http://upstream");
  const send = (type: string, body: string | Uint8Array, status = 200) =>
    response.writeHead(status, { "content-type": type }).end(body);
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { method, url, headers } = request;
  switch (pathname) {
    case "/go": {
      const status = Number(searchParams.get("status") ?? 302);
      response.writeHead(status, { location: searchParams.get("to")! }).end("elsewhere");
      break;
    }
    case "/loop":
      response.writeHead(302, { location: `/loop?${Number(searchParams) + 1}` }).end();
      break;
    case "/status":
      send("application/json", '{"why":"it is secret-free"}', Number(searchParams.get("code")));
      break;
    case "/slow":
      break; // never answers
    case "/stalls":
      response.writeHead(200, { "content-type": "text/plain" }).write("begins");
      break;
    case "/cut":
      response.writeHead(200, { "content-length": "100" }).write("cut");
      setTimeout(() => response.destroy(), 20);
      break;
    case "/big":
      send("text/plain", "x".repeat(5_000));
      break;
    case "/endless": {
      response.writeHead(200, { "content-type": "text/plain" });
      const timer = setInterval(() => response.write("x".repeat(1_000)), 1);
      response.on("close", () => clearInterval(timer));
      break;
    }
    case "/bomb":
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
        .end(gzipSync("0".repeat(1_000_000)));
      break;
    case "/rubbish":
      send("application/json", "{not json");
      break;
    case "/deep":
      send("application/json", "[".repeat(100_000) + "]".repeat(100_000));
      break;
    case "/bytes":
      send("image/png", new Uint8Array([137, 80, 0, 255]));
      break;
    case "/latin":
      send("text/plain; charset=ISO-8859-1", new Uint8Array([0x63, 0xe9]));
      break;
    case "/problem":
      send("application/problem+json", '{"title":"x"}');
      break;
    case "/cookies":
      response.writeHead(204, { "set-cookie": ["a=1", "b=2"], "x-one": "1" }).end();
      break;
    default:
      send("application/json", JSON.stringify({ method, url, headers, body }));
  }
}
