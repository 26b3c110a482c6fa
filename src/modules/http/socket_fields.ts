/** The fields of an `Http.Socket`, and what executing one may ask for. */
import type { InlineResource, Late } from "../../contract/author.ts";
import type { HandlerFields } from "./resources.ts";

/** The fields after resolution. */
export interface SocketFields {
  readonly path: string;
  readonly format: "text" | "json";
  readonly schema?: unknown;
  readonly subscribe: readonly string[] | Late<readonly string[]>;
  readonly onOpen?: HandlerFields | InlineResource;
  readonly onMessage?: HandlerFields | InlineResource;
  readonly onClose?: HandlerFields | InlineResource;
  readonly use?: readonly string[];
  readonly origins: readonly string[];
  readonly protocols: readonly string[];
  readonly timeout: string | number;
  readonly ping: string | number;
  readonly maxMessageBytes: string | number;
  readonly maxBufferedBytes: string | number;
  readonly maxConnections: number;
}

/** The largest `maxMessageBytes`, so that no client can make the app keep more than that. */
export const LARGEST_MESSAGE: number = 16 * 2 ** 20;

/** The input of an execution. */
export interface SocketInput {
  readonly message?: unknown;
  readonly topic?: string;
  readonly to?: string;
  readonly except?: string;
  readonly join?: string | readonly string[];
  readonly leave?: string | readonly string[];
  readonly close?: { readonly code?: number; readonly reason?: string };
  readonly listen?: string;
}

/** JSON Schema of {@link SocketInput}; the definition of the kind has the same. */
export const INPUT_SCHEMA: Readonly<Record<string, unknown>> = {
  type: "object",
  minProperties: 1,
  additionalProperties: false,
  properties: {
    message: {},
    topic: { type: "string" },
    to: { type: "string" },
    except: { type: "string" },
    join: { type: ["string", "array"], items: { type: "string" } },
    leave: { type: ["string", "array"], items: { type: "string" } },
    close: {
      type: "object",
      additionalProperties: false,
      properties: {
        code: { type: "integer", minimum: 3000, maximum: 4999 },
        reason: { type: "string", maxLength: 120 },
      },
    },
    listen: { type: "string" },
  },
  dependentRequired: { join: ["to"], leave: ["to"], close: ["to"] },
};
