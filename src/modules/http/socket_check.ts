/** Checks the path, schema, origins, subprotocols and sizes of an `Http.Socket`. */
import {
  type CheckContext,
  type HttpMountOffer,
  isDiglyError,
  type RuntimeResource,
  sizeBytes,
} from "../../contract/author.ts";
import { originProblem } from "./origins.ts";
import { joinPaths, parsePath } from "./paths.ts";
import { LARGEST_MESSAGE, type SocketFields } from "./socket_fields.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Reports every field that no connection could use. */
export async function check(
  socket: RuntimeResource<SocketFields>,
  ctx: CheckContext,
): Promise<void> {
  const { path, format, schema, origins, protocols, maxMessageBytes, use = [] } = socket;
  const parsed = parsePath(joinPaths(path));
  const offer: HttpMountOffer = { paths: [{ path, at: ["path"] }], methods: ["GET"], use };
  ctx.offer("Http.Mount", offer);
  if ("problem" in parsed) {
    ctx.report(ctx.problem(["path"], `the path "${path}" ${parsed.problem}`, {
      help: parsed.help,
    }));
  }
  for (const [index, origin] of origins.entries()) {
    const problem = origin === "*" ? undefined : originProblem(origin);
    if (problem === undefined) continue;
    const { message, help } = problem;
    ctx.report(ctx.problem(["origins", index], message, { help }));
  }
  for (const [index, protocol] of protocols.entries()) {
    if (TOKEN.test(protocol)) continue;
    ctx.report(ctx.problem(["protocols", index], `"${protocol}" cannot be sent in a header`, {
      help: "Write letters, digits and any of !#$%&'*+-.^_`|~, such as chat.v1",
    }));
  }
  const size = sizeBytes(maxMessageBytes) ?? 0;
  if (size < 1 || size > LARGEST_MESSAGE) {
    ctx.report(ctx.problem(["maxMessageBytes"], "must be from 1 byte to 16MiB"));
  }
  if (schema === undefined) return;
  try {
    await ctx.validator(schema, { defaults: true });
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    const message = error.message.replace("The schema", "the schema");
    ctx.report(ctx.problem(["schema"], message, { help: error.help, cause: error }));
  }
  if (format === "text" && !allowsText(schema)) {
    ctx.report(ctx.problem(["schema"], "no text matches it", {
      help: "Set `format: json`, so that messages are parsed",
    }));
  }
}

/** False for a schema whose type is certainly not a string. */
function allowsText(schema: unknown): boolean {
  const { type, properties } = (schema ?? {}) as { type?: unknown; properties?: unknown };
  if (type === undefined) return properties === undefined;
  return Array.isArray(type) ? type.includes("string") : type === "string";
}
