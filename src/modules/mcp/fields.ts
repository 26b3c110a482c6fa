/** The fields of an `Mcp.Server` after resolution. */
export interface ServerFields {
  readonly transport: "stdio" | "http";
  readonly path: string;
  readonly tools?: readonly string[];
  readonly expose?: string;
  /** May be deferred. */
  readonly inputs?: unknown;
  readonly origins: readonly string[];
  readonly instructions?: string;
  readonly maxMessageBytes: string | number;
}
