/** `Cluster.Nats` with a real server. */
import { after } from "node:test";
import { embedded } from "../../../src/generated/embedded.ts";
import { startNats } from "../../servers/nats.ts";
import { transportSuite } from "../kernel/transport_suite.ts";

const server = await startNats();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

// deno-lint-ignore require-await
transportSuite("Cluster.Nats", async () =>
  typeof server === "string" ? server : {
    document: `kind: Cluster.Nats\nmetadata: { name: Main }\nservers: ["${server.url}"]`,
    app: { imports: ["digly:cluster"], builtins: embedded },
  });
