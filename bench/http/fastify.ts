/** The app of app.yaml in Fastify, for Node, with schemas from which it compiles its serialisers. */
import { fastify } from "fastify";
import process from "node:process";
import { ORDER } from "./order.ts";

const app = fastify();

/** The schema of a response. */
function answering(properties: Readonly<Record<string, object>>) {
  return { schema: { response: { 200: { type: "object", properties } } } };
}

const text = { type: "string" };
const number = { type: "number" };

app.get("/hello", answering({ hello: text }), () => ({ hello: "world" }));
app.get<{ Params: { id: string } }>(
  "/items/:id",
  answering({ id: text }),
  ({ params }) => ({ id: params.id }),
);
app.get<{ Params: { id: string }; Querystring: { name?: string; count: string; tags: string } }>(
  "/quotes/:id",
  answering({
    id: text,
    title: text,
    count: number,
    total: number,
    shipping: text,
    tags: { type: "array", items: text },
    isUrgent: { type: "boolean" },
  }),
  ({ params: { id }, query: { name, count, tags } }) => ({
    id,
    title: `Quote ${id} for ${name ?? "nobody"}`,
    count: Number(count),
    total: Number(count) * 12.5,
    shipping: Number(count) > 10 ? "free" : "standard",
    tags: tags.split(",").map((tag) => tag.toUpperCase()),
    isUrgent: tags.includes("urgent") && id.startsWith("q"),
  }),
);
app.post(
  "/orders",
  { schema: { body: ORDER, response: { 200: ORDER } } },
  ({ body }) => body,
);
for (let i = 0; i < 200; i++) {
  app.get<{ Params: { id: string } }>(
    `/many/r${i}/:id`,
    answering({ route: number, id: text }),
    ({ params }) => ({ route: i, id: params.id }),
  );
}

await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" });
