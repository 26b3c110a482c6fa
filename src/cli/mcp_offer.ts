/** The interface between `digly mcp` and the program that speaks the protocol. */

/** What an MCP server offers. */
export interface McpOffer {
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly instructions: string | undefined;
  list(): readonly object[];
  /** Calls a tool; `undefined` if there is none with this name. */
  call(name: string, input: unknown, call: McpCall): Promise<object> | undefined;
}

/** What belongs to one call of a tool. */
export interface McpCall {
  /** Aborted when the client has cancelled the call. */
  readonly signal: AbortSignal;
}
