/** The fields of the kinds, as their schemas validate them. */
import type { Late } from "../../contract/author.ts";

export interface ConnectionFields {
  readonly url: string;
  readonly pool: number;
  readonly timeout: string | number;
  readonly migrations?: string;
}

export interface QueryFields {
  readonly connection: string;
  readonly text: string | Late<string>;
  readonly returns: "many" | "one" | "exec";
  readonly maxRows: number;
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
}

export interface TransactionFields {
  readonly connection: string;
  readonly execute: string;
}

export interface MigrationsFields {
  readonly connection: string;
  readonly files: string | readonly string[];
}
