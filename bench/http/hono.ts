/** The app of app.yaml in bare Hono, with the same listener and the same validators. */
import { Hono } from "hono";
import process from "node:process";
import { serve } from "srvx";
import { loadSchemaCompiler } from "../../src/schema/schema.ts";
import { ORDER } from "./order.ts";

const app = new Hono();
const violations = (await loadSchemaCompiler()).compile(ORDER);

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
app.post("/orders", async (c) => {
  const order = await c.req.json();
  if (violations(order).length > 0) return c.json({ error: "the body is invalid" }, 400);
  if (violations(order).length > 0) return c.json({ error: "the response is invalid" }, 500);
  return c.json(order);
});
for (let i = 0; i < 200; i++) {
  app.get(`/many/r${i}/:id`, (c) => c.json({ route: i, id: c.req.param("id") }));
}

serve({
  fetch: app.fetch,
  port: Number(process.env["PORT"]),
  hostname: "127.0.0.1",
  silent: true,
});
