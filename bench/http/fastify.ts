/** The app of app.yaml in Fastify, for Node. */
import { fastify } from "fastify";
import process from "node:process";
import { ORDER } from "./order.ts";

const app = fastify();

app.get("/hello", () => ({ hello: "world" }));
app.get<{ Params: { id: string } }>("/items/:id", ({ params }) => ({ id: params.id }));
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
