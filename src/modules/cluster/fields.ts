/** The fields of a `Cluster.Nats`. */
import type { Late } from "../../contract/author.ts";

/** A role as it is written. */
export interface RoleFields {
  readonly runs?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  readonly queue?: number;
  readonly by?: string | number | boolean | Late<string>;
  readonly shards?: number;
}

/** What applies where a role does not say otherwise; maps of roles get no defaults of their schema. */
export const ROLE_DEFAULTS = { concurrency: 64, queue: 64, shards: 256 } as const;

/** Fields with their defaults. */
export interface NatsFields {
  readonly servers: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly credentialsFile?: string;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  readonly timeout: string | number;
  readonly skew: "strict" | "allow";
  readonly events: readonly string[];
  readonly roles: Readonly<Record<string, RoleFields>>;
}
