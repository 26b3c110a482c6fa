/** The app of hello.yaml in Hono, on the runtime's own server. */
import { Hono } from "hono";
import { listen } from "./listen.ts";

const app = new Hono();
app.get("/hello", (c) => c.json({ hello: "world" }));

listen(app.fetch);
