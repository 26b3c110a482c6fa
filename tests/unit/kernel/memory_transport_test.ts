import { memoryNetwork, NET_DEFINITION } from "./memory_transport.ts";
import { transportSuite } from "./transport_suite.ts";

transportSuite("in memory", async () => {
  await Promise.resolve();
  const { controller } = memoryNetwork();
  return {
    document: "kind: Test.Net\nmetadata: { name: Main }",
    app: { kinds: { Net: controller }, definitions: { Net: NET_DEFINITION } },
  };
});
