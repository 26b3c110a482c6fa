/** The app of app.yaml in Hono, on the runtime's own server, validated with Ajv. */
import { Ajv } from "ajv";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { jwt } from "hono/jwt";
import process from "node:process";
import { listen } from "./listen.ts";
import { ORDER } from "./order.ts";

const app = new Hono();
const isOrder = new Ajv().compile(ORDER);

app.get("/hello", (c) => c.json({ hello: "world" }));
app.get("/items/:id", (c) => c.json({ id: c.req.param("id") }));
app.get("/quotes/:id", (c) => {
  const id = c.req.param("id");
  const { name, count, tags = "" } = c.req.query();
  return c.json({
    id,
    title: `Quote ${id} for ${name ?? "nobody"}`,
    count: Number(count),
    total: Number(count) * 12.5,
    shipping: Number(count) > 10 ? "free" : "standard",
    tags: tags.split(",").map((tag) => tag.toUpperCase()),
    isUrgent: tags.includes("urgent") && id.startsWith("q"),
  });
});
const secret = process.env["JWT_SECRET"]!;
app.use("/private/*", cors({ origin: "https://example.com" }), jwt({ secret, alg: "HS256" }));
for (const path of ["/orders", "/private/orders"]) {
  app.post(path, async (c) => {
    const order = await c.req.json();
    if (!isOrder(order)) return c.json({ error: "the body is invalid" }, 400);
    if (!isOrder(order)) return c.json({ error: "the response is invalid" }, 500);
    return c.json(order);
  });
}
for (let i = 0; i < 200; i++) {
  app.get(`/many/r${i}/:id`, (c) => c.json({ route: i, id: c.req.param("id") }));
}

listen(app.fetch);
