/** The least that the runtime's own server needs: no router, no validation, no framework. */
import { createServer } from "node:http";
import process from "node:process";
import { listen, readText } from "./listen.ts";

/** The body for a path of a GET request. */
function answer(path: string): string {
  const id = path.slice(path.lastIndexOf("/") + 1);
  if (path.startsWith("/items/")) return JSON.stringify({ id });
  if (path.startsWith("/many/")) return JSON.stringify({ route: 199, id });
  return JSON.stringify({ hello: "world" });
}

const headers = { "content-type": "application/json" };

if ("Bun" in globalThis || "Deno" in globalThis) {
  listen((request) => {
    if (request.method === "POST") return request.json().then((order) => Response.json(order));
    const { url } = request;
    return new Response(answer(url.slice(url.indexOf("/", "http://".length))), { headers });
  });
} else {
  createServer((incoming, outgoing) => {
    // Without a length, Node would send the body in chunks.
    const send = (body: string) =>
      outgoing.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
    if (incoming.method !== "POST") send(answer(incoming.url!));
    else void readText(incoming).then((text) => send(JSON.stringify(JSON.parse(text))));
  }).listen(Number(process.env["PORT"]), "127.0.0.1");
}
