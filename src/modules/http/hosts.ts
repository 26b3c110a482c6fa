/** Host names: parsing the `Host` header, and matching it with the `hosts` of a server. */

const MAX_PORT = 65_535;

/** Maximum number of cached headers, so that a client cannot fill the memory. */
const MAX_CACHED = 64;

const LABELS = /^[\w-]+(?:\.[\w-]+)*\.?$/;
const IPV6 = /^\[(?=[0-9a-f:.]*\])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]*\]$/i;

/** A valid `Host` header. */
export interface Host {
  /** In lower case, with the port if there is one: `example.com:8080`. */
  readonly host: string;
  /** In lower case, without port and without a final dot. */
  readonly name: string;
  /** What a URL of HTTP with this host begins with, as the header is written. */
  readonly origin: string;
}

const cache = new Map<string, Host>();
/** The header of the last request, which mostly is that of the next one, too. */
let last: { readonly header: string; readonly host: Host } | undefined;

/** Parses a `Host` header; returns `undefined` if it is malformed. */
export function parseHost(header: string): Host | undefined {
  // Comparing costs less than computing the hash of a string that is new for each request.
  if (last?.header === header) return last.host;
  let host = cache.get(header);
  if (host === undefined) {
    host = read(header);
    if (host === undefined) return undefined;
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(header, host);
  }
  last = { header, host };
  return host;
}

function read(header: string): Host | undefined {
  const [, name, port] = /^([^:[\]]*|\[[^[\]]*\])(?::(\d*))?$/.exec(header) ?? [];
  if (name === undefined || !(LABELS.test(name) || IPV6.test(name))) return undefined;
  if (Number(port ?? 0) > MAX_PORT) return undefined;
  const lower = name.toLowerCase();
  return {
    host: port ? `${lower}:${Number(port)}` : lower,
    name: lower.endsWith(".") ? lower.slice(0, -1) : lower,
    origin: `http://${header}`,
  };
}

/** True for an entry of a server's `hosts`: a host name, which may begin with a wildcard label. */
export function isHostEntry(entry: string): boolean {
  return entry.startsWith("*.")
    ? LABELS.test(entry.slice(2))
    : LABELS.test(entry) || IPV6.test(entry);
}

/** The form in which entries of `hosts` are compared. */
export function normaliseHostEntry(entry: string): string {
  return entry.toLowerCase().replace(/\.$/, "");
}

/** The entry with a wildcard that would match a host name: `*.example.com` for `a.example.com`. */
export function wildcardOf(name: string): string {
  return `*${name.slice(name.indexOf(".") < 0 ? name.length : name.indexOf("."))}`;
}

/** True if a request may match both lists; a server without `hosts` answers for every host. */
export function hostsOverlap(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): boolean {
  if (one === undefined || other === undefined) return true;
  const left = new Set(one.map(normaliseHostEntry));
  const right = new Set(other.map(normaliseHostEntry));
  return [...left].some((entry) => right.has(entry) || right.has(wildcardOf(entry))) ||
    [...right].some((entry) => left.has(wildcardOf(entry)));
}
