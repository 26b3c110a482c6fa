/** The address of a client, which may be behind proxies that are trusted to name it. */
import type { Target } from "./target.ts";

/** Finds the address of the client of a request; empty if the runtime does not know it. */
export type ClientIp = (request: Request, target: Target) => string;

/** `trustProxy` of a server: the nearest proxy, how many of them, or their addresses. */
export type TrustProxy = boolean | number | readonly string[];

/** Addresses with the same first bits. */
interface Network {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** More entries than that are not looked at. */
const MAX_HOPS = 64;

/** Makes the function for a server. */
export function createClientIp(trustProxy: TrustProxy): ClientIp {
  if (trustProxy === false || trustProxy === 0) return (_request, { peer }) => plainIp(peer());
  const isTrusted = createTrust(trustProxy);
  return (request, { peer }) => {
    let ip = plainIp(peer());
    if (!isTrusted(ip, 0)) return ip;
    const hops = (request.headers.get("x-forwarded-for") ?? "").split(",").slice(-MAX_HOPS);
    // Each proxy appends the address that it was called from; the client may have written the rest.
    for (const [index, entry] of hops.toReversed().entries()) {
      const hop = ipIn(entry);
      if (hop === undefined) break;
      ip = hop;
      if (!isTrusted(ip, index + 1)) break;
    }
    return ip;
  };
}

/** True for an address or a network, such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

/** Whether the address is a trusted proxy, after so many others. */
export function createTrust(trustProxy: TrustProxy): (ip: string, hops: number) => boolean {
  if (!Array.isArray(trustProxy)) return (_ip, hops) => hops < Number(trustProxy);
  // The schema accepts only addresses and networks.
  const networks = (trustProxy as readonly string[]).map((text) => networkOf(text)!);
  return (ip) => {
    const bytes = bytesOf(ip);
    return bytes !== undefined && networks.some((network) => contains(network, bytes));
  };
}

function contains({ bytes, bits }: Network, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false;
  for (let index = 0; index * 8 < bits; index++) {
    const mask = 0xff << Math.max(0, 8 - (bits - index * 8)) & 0xff;
    // Both have the same length, and no prefix is longer.
    if ((bytes[index]! & mask) !== (address[index]! & mask)) return false;
  }
  return true;
}

function networkOf(text: string): Network | undefined {
  const [address = "", prefix, ...rest] = text.split("/");
  const bytes = bytesOf(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  if (prefix === undefined) return { bytes, bits: bytes.length * 8 };
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  return bits <= bytes.length * 8 ? { bytes, bits } : undefined;
}

/** The address in an entry of the header, which may have a port. */
function ipIn(entry: string): string | undefined {
  const text = entry.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ??
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  return bytesOf(bare) === undefined ? undefined : plainIp(bare);
}

/** IPv4 addresses without the form in which sockets for IPv6 show them. */
export function plainIp(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "").toLowerCase();
}

function bytesOf(address: string): readonly number[] | undefined {
  if (!address.includes(":")) return ipv4(address);
  if (address.length > 45 || !/^[\da-f:.]+$/i.test(address)) return undefined;
  const [head = "", tail, ...more] = address.split("::");
  if (more.length > 0) return undefined;
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  if (before === undefined || after === undefined) return undefined;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const v4 = ipv4(part);
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    } else if (/^[\da-f]{1,4}$/i.test(part)) {
      const value = parseInt(part, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

function ipv4(text: string): number[] | undefined {
  const parts = text.split(".");
  const isValid = parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isValid ? parts.map(Number) : undefined;
}
