/**
 * The Model Context Protocol for tools: JSON-RPC 2.0, with the methods `initialize`, `ping`,
 * `tools/list` and `tools/call`. It knows no transport, and a message is answered on its own.
 */

/** Versions of the protocol, newest first; the methods are the same in all of them. */
export const VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/** What the protocol offers. */
export interface Offer {
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly instructions: string | undefined;
  list(caller: unknown): readonly object[];
  /** Calls a tool; `undefined` if there is none with this name. */
  call(name: string, input: unknown, call: Call): Promise<object> | undefined;
}

/** What belongs to one message. */
export interface Call {
  /** What expressions see as `request`; null over stdio. */
  readonly caller: unknown;
  /** Aborted when the client no longer waits for the response. */
  readonly signal: AbortSignal;
}

/** A response, to be sent as JSON. */
export interface RpcResponse {
  readonly jsonrpc: "2.0";
  readonly id: string | number | null;
  readonly result?: object;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A request or a notification, which has no id. */
interface RpcMessage {
  readonly id?: string | number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;

/** A mistake of the client. */
class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** Answers one message; notifications and responses have no answer. Never rejects. */
export async function answer(
  message: unknown,
  offer: Offer,
  call: Call,
): Promise<RpcResponse | undefined> {
  const parsed = parseMessage(message);
  if (typeof parsed === "string") return failure(idOf(message), INVALID_REQUEST, parsed);
  const { id, method, params } = parsed;
  if (id === undefined) return undefined;
  try {
    return { jsonrpc: "2.0", id, result: await run(method, params, offer, call) };
  } catch (error) {
    return error instanceof RpcError
      ? failure(id, error.code, error.message, error.data)
      : failure(id, INTERNAL_ERROR, "Internal error");
  }
}

/** A response that reports an error. */
export function failure(
  id: RpcResponse["id"],
  code: number,
  message: string,
  data?: unknown,
): RpcResponse {
  return { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** The id of the request that a notification cancels. */
export function cancelledId(message: unknown): unknown {
  const { method, params } = (message ?? {}) as {
    readonly method?: unknown;
    readonly params?: { readonly requestId?: unknown } | null;
  };
  return method === "notifications/cancelled" ? params?.requestId : undefined;
}

/** The id of a message, if it can have a response. */
export function idOf(message: unknown): string | number | null {
  const { id } = (message ?? {}) as { readonly id?: unknown };
  return typeof id === "string" || Number.isInteger(id) ? id as string | number : null;
}

/** A message, or what is wrong with it. */
function parseMessage(message: unknown): RpcMessage | string {
  if (Array.isArray(message)) return "Batches of messages are not supported";
  if (!isMap(message) || message["jsonrpc"] !== "2.0") return "The message is not JSON-RPC 2.0";
  const { id, method, params } = message;
  if (method === undefined && ("result" in message || "error" in message)) {
    return { method: "response", params: {} }; // The server asks nothing, so it ignores answers.
  }
  if (typeof method !== "string") return "`method` must be a string";
  const ownId = id === undefined ? undefined : idOf(message);
  if (ownId === null) return "`id` must be a string or an integer";
  if (params !== undefined && !isMap(params)) return "`params` must be an object";
  return { method, params: params ?? {}, ...(ownId === undefined ? {} : { id: ownId }) };
}

async function run(
  method: string,
  params: RpcMessage["params"],
  offer: Offer,
  call: Call,
): Promise<object> {
  switch (method) {
    case "initialize": {
      const wanted = params["protocolVersion"];
      if (typeof wanted !== "string") {
        throw new RpcError(INVALID_PARAMS, "`protocolVersion` must be a string", {
          supported: VERSIONS,
        });
      }
      return {
        protocolVersion: VERSIONS.includes(wanted) ? wanted : VERSIONS[0],
        capabilities: { tools: {} },
        serverInfo: offer.serverInfo,
        ...(offer.instructions === undefined ? {} : { instructions: offer.instructions }),
      };
    }
    case "ping":
      return {};
    case "tools/list":
      return { tools: offer.list(call.caller) };
    case "tools/call": {
      const { name, arguments: input = {} } = params;
      if (typeof name !== "string") throw new RpcError(INVALID_PARAMS, "`name` must be a string");
      if (!isMap(input)) throw new RpcError(INVALID_PARAMS, "`arguments` must be an object");
      const calling = offer.call(name, input, call);
      if (calling === undefined) throw new RpcError(INVALID_PARAMS, `Unknown tool: ${name}`);
      return await calling;
    }
    default:
      throw new RpcError(METHOD_NOT_FOUND, `Method not found: ${method}`);
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
