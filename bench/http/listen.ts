/** Serves a `fetch` with the runtime's own server, as an app without a framework for that does. */
import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";

/** Answers a request. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** The servers of Bun and Deno. */
interface Runtimes {
  readonly Bun?: { serve(options: object): unknown };
  readonly Deno?: { serve(options: object, fetch: Fetch): unknown };
}

/** Listens on the port of the environment. */
export function listen(fetch: Fetch): void {
  const [port, hostname] = [Number(process.env["PORT"]), "127.0.0.1"];
  const { Bun, Deno } = globalThis as Runtimes;
  if (Bun !== undefined) Bun.serve({ port, hostname, fetch });
  else if (Deno !== undefined) Deno.serve({ port, hostname, onListen() {} }, fetch);
  else listenOnNode(fetch, port, hostname);
}

/** Node has no server for `fetch`: this one makes a `Request` of each of its requests. */
function listenOnNode(fetch: Fetch, port: number, hostname: string): void {
  createServer(async (incoming, outgoing) => {
    const response = await fetch(await requestOf(incoming));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(await response.text());
  }).listen(port, hostname);
}

async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const { method = "GET", url, headers } = incoming;
  const init = { method, headers: headers as Record<string, string> };
  const address = `http://${headers.host}${url}`;
  if (method === "GET") return new Request(address, init);
  return new Request(address, { ...init, body: await readText(incoming) });
}

/** The text of a body. */
export function readText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk: string) => text += chunk);
    incoming.on("end", () => resolve(text));
    incoming.on("error", reject);
  });
}
