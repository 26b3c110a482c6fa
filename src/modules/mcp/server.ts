/** `Mcp.Server`: offers resources as tools over HTTP, or over standard input and output. */
import {
  type HttpMount,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  sizeBytes,
} from "../../contract/author.ts";
import type { ServerFields } from "./fields.ts";
import { httpMount } from "./http.ts";
import type { Offer } from "./protocol.ts";
import type { Conversation } from "./stdio.ts";
import { createTools, type ToolCall } from "./tools.ts";

/** Creates a server. */
export async function create(
  server: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance<HttpMount>> {
  const { name, version } = ctx.kernel.app;
  const tools = createTools(server, ctx);
  const offer: Offer = {
    serverInfo: { name, version: version ?? "1.0.0" },
    instructions: server.instructions,
    list: (caller) => tools.list(caller),
    call: (tool, input, call: ToolCall) => tools.call(tool, input as object, call),
  };
  if (server.transport === "http") return { api: httpMount(server.path, server.origins, offer) };

  // A server for HTTP may mount everything that can be mounted, and this has no path.
  const api: HttpMount = { paths: [], fetch: () => new Response(null, { status: 404 }) };
  if (!ctx.serve) return { api };
  const { keepOthersOffStdout, serveStdio } = await import("./stdio.ts");
  const write = ctx.stdout.claim();
  keepOthersOffStdout();
  let conversation: Conversation | undefined;
  let release: (() => void) | undefined;
  return {
    api,
    start() {
      release = ctx.acquireHold("serving tools over standard input and output");
      conversation = serveStdio(offer, {
        maxMessageBytes: sizeBytes(server.maxMessageBytes) ?? 0,
        write,
        onEnd: () => release?.(),
      });
    },
    drain: () => conversation?.drain(),
    teardown: () => release?.(),
  };
}
