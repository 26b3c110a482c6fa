/** HTTPS: the fields of servers, and what runtimes take. */

/** `tls` of a server: PEM text, or the paths of files with it. */
export interface TlsFields {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** What a server presents, and whom it accepts, as PEM text. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Issuers of client certificates, which are required then. */
  readonly ca?: string;
}

/** The options of Node and Bun. */
export function tlsOptions({ cert, key, ca }: TlsMaterial): TlsMaterial & {
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
} {
  return ca === undefined
    ? { cert, key }
    : { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}
