/** The interface between `digly mcp` and the program that speaks the protocol. */

/** What an MCP server offers. */
export interface McpOffer {
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly instructions: string | undefined;
  list(): readonly object[];
  call(name: string, input: unknown): Promise<object> | undefined;
}
