/** URLs of NATS: `nats://user:password@host:4222/name`, with options after a `?`. */
import { didYouMean } from "../../contract/author.ts";
import { type ServerTarget, serverTarget, UrlError } from "./store_url.ts";

/** What a URL of NATS says. */
export interface NatsTarget extends ServerTarget {
  /** The address alone, such as `nats://host:4222`. */
  readonly server: string;
  readonly user: string | undefined;
  /** In place of a user and a password. */
  readonly token: string | undefined;
  /** The path, which keeps apps that share a server apart. */
  readonly name: string;
  /** The copies that the servers of a NATS cluster keep. */
  readonly replicas: number;
  readonly files: Readonly<Partial<Record<NatsFile, string>>>;
}

/** Options that name a file, relative to the manifest. */
export type NatsFile = "credentialsFile" | "caFile" | "certFile" | "keyFile";

const FILES: readonly NatsFile[] = ["credentialsFile", "caFile", "certFile", "keyFile"];
const OPTIONS: readonly string[] = [...FILES, "replicas"];
const DEFAULT_NAME = "digly";

/** Reads a URL of NATS. `forms` is what to write instead of one that is wrong. */
export function parseNatsUrl(url: string, forms: string): NatsTarget {
  const target = serverTarget(url, forms);
  const { protocol, host, pathname, searchParams, username } = new URL(url);
  const name = pathname.replace(/^\//, "") || DEFAULT_NAME;
  if (!/^[\w-]+$/.test(name)) {
    throw new UrlError(
      "has a path that is not a name",
      "Write letters, digits, _ and - after the host, such as nats://host:4222/shop",
    );
  }
  for (const option of searchParams.keys()) {
    if (OPTIONS.includes(option)) continue;
    throw new UrlError(
      `has an unknown option "${option}"`,
      didYouMean(option, OPTIONS) ?? `The options are ${OPTIONS.join(", ")}`,
    );
  }
  const replicas = Number(searchParams.get("replicas") ?? 1);
  if (![1, 3, 5].includes(replicas)) throw new UrlError("has wrong `replicas`", "Write 1, 3 or 5");
  const files: Partial<Record<NatsFile, string>> = {};
  for (const option of FILES) {
    const path = searchParams.get(option);
    if (path === "") throw new UrlError(`has an empty \`${option}\``, "Write the path of a file");
    if (path !== null) files[option] = path;
  }
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw new UrlError("has one of `certFile` and `keyFile`", "Write both or none");
  }
  const user = username === "" ? undefined : decodeUser(username);
  if (user !== undefined && files.credentialsFile !== undefined) {
    throw new UrlError("has two ways to log in", "Remove the user, or `credentialsFile`");
  }
  const isToken = target.password === undefined;
  return {
    ...target,
    server: `${protocol}//${host}`,
    user: isToken ? undefined : user,
    token: isToken ? user : undefined,
    name,
    replicas,
    files,
  };
}

function decodeUser(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlError("has a user that is not encoded", "Write %25 for % in it");
  }
}

/** True for the schemes of NATS. */
export function isNats(scheme: string | undefined): boolean {
  return scheme === "nats" || scheme === "tls";
}

/** A server for people: without user, password and options. */
export function describeNats({ server, name }: NatsTarget): string {
  const { hostname, port } = new URL(server);
  return `NATS at ${hostname}:${port || "4222"}/${name}`;
}
