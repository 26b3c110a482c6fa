/** The app of app.yaml in Fastify, for Node. */
import { fastify } from "fastify";
import process from "node:process";
import { ORDER } from "./order.ts";

const app = fastify();

app.get("/hello", () => ({ hello: "world" }));
app.get<{ Params: { id: string } }>("/items/:id", ({ params }) => ({ id: params.id }));
app.get<{ Params: { id: string }; Querystring: { name?: string; count: string; tags: string } }>(
  "/quotes/:id",
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
    ({ params }) => ({ route: i, id: params.id }),
  );
}

await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" });
