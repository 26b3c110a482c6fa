/** Checks that an `Mcp.Server` has tools, and that only one uses standard input and output. */
import {
  type CheckContext,
  type HttpMountOffer,
  isDiglyError,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { ServerFields } from "./fields.ts";

type Server = RuntimeResource<ServerFields>;

/** Reports what the schema cannot say. */
export function check(server: Server, ctx: CheckContext): void {
  if (server.tools === undefined && server.expose === undefined) {
    ctx.report(ctx.problem([], "it offers no tools", {
      help: "List resources in `tools`, or select them by labels with `expose: digly.tool == true`",
    }));
  }
  checkExpose(server, ctx);
  for (const [index, origin] of server.origins.entries()) {
    if (/^https?:\/\/[^/?#\s]+$/.test(origin)) continue;
    ctx.report(ctx.problem(["origins", index], `"${origin}" is not an origin`, {
      help: "Write scheme, host and port without a path, such as https://app.example.com",
    }));
  }
  if (/[:{}*?#]/.test(server.path)) {
    ctx.report(ctx.problem(["path"], `the path "${server.path}" must be plain text`, {
      help: "Write a path without parameters, such as /mcp",
    }));
  }
  const { transport, path } = server;
  const offer: HttpMountOffer = { paths: transport === "http" ? [{ path, at: ["path"] }] : [] };
  ctx.offer("Http.Mount", offer);
  const first = (ctx.resourcesOf("Mcp.Server") as readonly Server[])
    .find(({ transport }) => transport === "stdio");
  if (server.transport !== "stdio" || first === undefined || first === server) return;
  const resource = `${first.kind}.${first.metadata.name}`;
  ctx.report(ctx.problem(["transport"], `${resource} uses standard input and output, too`, {
    help: "An app has them once; use `transport: http` for one of the two",
    related: [{ resource, at: ["transport"], message: "the first one" }],
  }));
}

function checkExpose({ expose }: Server, ctx: CheckContext): void {
  if (expose === undefined) return;
  try {
    ctx.expression(expose, ["expose"], { type: "boolean" });
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    ctx.report(error);
  }
}
