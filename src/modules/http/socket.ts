/** `Http.Socket`: a WebSocket endpoint with topics. */
import {
  durationMs,
  formatUrn,
  type HttpMiddleware,
  type HttpSocketApi,
  type InlineResource,
  inputError,
  LONGEST_DURATION_MS,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  sizeBytes,
} from "../../contract/author.ts";
import { RequestError } from "./errors.ts";
import { clientPatience } from "./patience.ts";
import { type HandlerFields, urnOf } from "./resources.ts";
import {
  type Client,
  type ClientOptions,
  createClient,
  type SocketHandler,
} from "./socket_client.ts";
import { INPUT_SCHEMA, type SocketFields, type SocketInput } from "./socket_fields.ts";
import { checkHandshake } from "./socket_handshake.ts";
import { createHub } from "./socket_hub.ts";
import { createMessages } from "./socket_messages.ts";
import { CLOSE, upgradeResponse } from "./socket_upgrade.ts";

/** Marks the `api` of an endpoint, so that a server passes requests for WebSockets to it. */
export interface SocketMount extends HttpSocketApi {
  readonly acceptsSockets: true;
}

/** Creates an endpoint, which an `Http.Server` mounts. */
export async function create(
  socket: RuntimeResource<SocketFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance<SocketMount>> {
  const urn = formatUrn(socket.kind, socket.metadata.name);
  const { path, origins, protocols, maxConnections, onOpen, onMessage, onClose, use = [] } = socket;
  const hub = createHub<Client>(urn);
  const messages = await createMessages(urn, socket, ctx);
  const validate = await ctx.validator(INPUT_SCHEMA);
  const topicsOf = ctx.template(socket.subscribe);
  const running = new Set<Promise<void>>();
  const gauge = ctx.metrics.gauge("socket_connections", "Open WebSockets", ["socket"]);
  let isStopping = false;

  const compile = (name: string, handler: HandlerFields | InlineResource | undefined) =>
    handler === undefined ? {} : { [name]: compileHandler(handler, ctx) };
  const timeout = durationMs(socket.timeout) ?? 0;
  const options: ClientOptions = {
    handlers: {
      ...compile("onOpen", onOpen),
      ...compile("onMessage", onMessage),
      ...compile("onClose", onClose),
    },
    messages,
    timeoutMs: timeout === 0 ? Infinity : timeout,
    pingMs: Math.min(Math.max(durationMs(socket.ping) ?? 0, 1), LONGEST_DURATION_MS),
    maxMessageBytes: sizeBytes(socket.maxMessageBytes) ?? 0,
    maxBufferedBytes: sizeBytes(socket.maxBufferedBytes) ?? 0,
    ctx,
    onGone(client) {
      hub.remove(client);
      gauge.set({ socket: urn }, hub.clients.size);
    },
  };

  const api: SocketMount = {
    acceptsSockets: true,
    paths: [path],
    methods: ["GET"],
    use: use.map((urn) => ({ urn, api: ctx.use<HttpMiddleware>(urn) })),
    fetch(request, { request: view, path, execution }) {
      const protocol = checkHandshake(request, String(view["url"]), { origins, protocols });
      if (isStopping) throw refusal("The server is stopping");
      if (hub.clients.size >= maxConnections) throw refusal("Too many clients are connected");
      const id = crypto.randomUUID();
      const scope = { request: view, socket: { id, protocol: protocol ?? null } };
      const topics = topicsOf({ request: view });
      return upgradeResponse({
        protocol,
        maxMessageBytes: options.maxMessageBytes,
        pingMs: options.pingMs,
        open(connection) {
          const { traceparent } = execution;
          const client = createClient(connection, { id, path, scope, traceparent }, options);
          hub.add(client);
          for (const topic of topics) hub.join(id, topic);
          gauge.set({ socket: urn }, hub.clients.size);
          running.add(client.finished);
          void client.finished.then(() => running.delete(client.finished));
          if (isStopping) client.close(CLOSE.goingAway, STOPPING);
          return client.events;
        },
      });
    },
    send: (to, message) => hub.send({ to }, messages.write(message, "message"), message),
    publish: (topic, message, { except } = {}) =>
      hub.send({ topic, except }, messages.write(message, "message"), message),
    join: hub.join,
    leave: hub.leave,
    close: (id, code = CLOSE.normal, reason = "") => hub.clients.get(id)?.close(code, reason),
    listen: hub.listen,
  };

  return {
    api,
    execute(input) {
      const { violations, value } = validate(input);
      if (violations.length > 0) throw inputError(urn, violations);
      const { message, topic, to, except, join, leave, close, listen } = value as SocketInput;
      // The schema requires `to` wherever these fields are.
      for (const name of [join ?? []].flat()) hub.join(to!, name);
      for (const name of [leave ?? []].flat()) hub.leave(to!, name);
      if (message !== undefined) {
        hub.send({ to, topic, except }, messages.write(message, "message"), message);
      }
      // As above, `close` requires `to`.
      if (close !== undefined) api.close(to!, close.code, close.reason);
      return listen === undefined ? null : hub.listen(listen);
    },
    async drain(deadline) {
      isStopping = true;
      hub.endListening();
      const clients = [...hub.clients.values()];
      for (const client of clients) client.close(CLOSE.goingAway, STOPPING);
      const timer = setTimeout(() => {
        for (const client of clients) client.terminate();
      }, clientPatience(deadline));
      await Promise.all(running);
      clearTimeout(timer);
    },
    snapshot: () => ({ connections: hub.clients.size, topics: hub.topicCount() }),
  };
}

const STOPPING = "The server is stopping";

function compileHandler(
  handler: HandlerFields | InlineResource,
  ctx: ModuleCreateContext,
): SocketHandler {
  const urn = urnOf(handler);
  const inputs = typeof handler === "object" && "inputs" in handler ? handler.inputs : undefined;
  return { urn, inputs: inputs === undefined ? (scope) => scope : ctx.template(inputs) };
}

function refusal(message: string): RequestError {
  return new RequestError(503, "UNAVAILABLE", message, { headers: { "retry-after": "1" } });
}
