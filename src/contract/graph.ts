/** The resources of an app and how they are connected, with the fields that connect them. */
import type { CodeTrust } from "./code.ts";

/**
 * Why a resource is connected to another one: an expression reads it (`reference`), it is executed
 * (`execution`), requests are passed to it (`mount`), it must be initialised first (`ready`), it is
 * written in the resource (`inline`), or the resource was made from it (`instance of`).
 */
export type ConnectionReason =
  | "reference"
  | "execution"
  | "mount"
  | "ready"
  | "inline"
  | "instance of";

/** A connection from one resource to another one. */
export interface Connection {
  /** URNs. */
  readonly from: string;
  readonly to: string;
  readonly why: ConnectionReason;
  /** The field of `from`, such as `handler.name`. */
  readonly field: string;
}

/** Resources, in load order, and their connections. */
export interface ResourceGraph {
  readonly resources: readonly {
    readonly urn: string;
    readonly kind: string;
    /** How much its code is trusted, if it has code. */
    readonly code?: CodeTrust;
  }[];
  readonly connections: readonly Connection[];
}
