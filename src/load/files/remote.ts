/**
 * Reads manifests from the network: checks addresses, limits and hashes.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, isDiglyError, type Origin } from "../../contract/errors.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import { isRemote, withoutHash } from "../../contract/location.ts";
import { isLoopback, unreachableBecause } from "../../contract/network.ts";
import type { Platform, RemoteResponse } from "../../contract/platform.ts";
import type { SourceText } from "../../contract/source.ts";
import { decodeText } from "./read.ts";

/** Options of {@link createRemoteReader}. */
export interface RemoteOptions {
  readonly fetch: Platform["fetch"];
  readonly limits: Limits;
  readonly diagnostics: Diagnostics;
  /** True to allow `http:` to hosts that are not this machine. */
  readonly allowHttp: boolean;
  /** True to reject manifests without a hash. */
  readonly frozen: boolean;
}

/** The reference to a remote manifest. */
export interface RemoteEntry {
  /** Name of the module whose manifest lists the file. */
  readonly module: string;
  /** The URL or path as it is written. */
  readonly path: string;
  /** URL of the manifest that names the file; `undefined` for the command line. */
  readonly from: string | undefined;
  readonly origin?: Origin | undefined;
}

/** Reads the manifest at a URL. Throws a `DiglyError`. */
export type RemoteReader = (url: string, entry: RemoteEntry) => Promise<SourceText>;

const HASH = /^#sha256=([0-9a-f]{64})$/i;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Creates a reader that fetches every file once. */
export function createRemoteReader(options: RemoteOptions): RemoteReader {
  const { limits, diagnostics, frozen } = options;
  const bytesOf = new Map<string, Promise<Uint8Array>>();

  return async (place, entry) => {
    const { module, origin } = entry;
    const url = withoutHash(place);
    try {
      checkAddress(url, entry);
      const wanted = hashOf(place);
      let fetched = bytesOf.get(url);
      if (fetched === undefined) {
        if (bytesOf.size >= limits.remoteFiles) throw tooMany();
        bytesOf.set(url, fetched = fetchBytes(url, options));
      }
      const bytes = await fetched;
      const actual = await sha256(bytes);
      if (wanted !== undefined && wanted !== actual) throw mismatch(url, wanted, actual);
      if (wanted === undefined) {
        const message = `${url} is not pinned: whoever serves it decides what runs here`;
        const help = `Append #sha256=${actual} to it`;
        if (frozen) throw fail("ERR_INTEGRITY", { problem: message }, { help });
        diagnostics.warning({ code: "WARN_NOT_PINNED", message, origin, help });
      }
      const root = new URL(".", url).href;
      const text = decodeText(bytes, { url, module, root });
      return { url, text, module, root, isUnpinned: wanted === undefined };
    } catch (error) {
      throw placed(error, origin);
    }
  };

  function hashOf(place: string): string | undefined {
    const fragment = new URL(place).hash;
    if (fragment === "") return undefined;
    const hash = HASH.exec(fragment)?.[1];
    if (hash !== undefined) return hash.toLowerCase();
    throw fail("ERR_INTEGRITY", {
      problem: `"${fragment}" is not a valid hash of a remote manifest`,
    }, {
      help: "Write #sha256= and 64 hexadecimal digits",
    });
  }

  async function fetchBytes(start: string, { fetch }: RemoteOptions): Promise<Uint8Array> {
    const timeout = AbortSignal.timeout(limits.remoteMs);
    let url = start;
    for (let redirects = 0;; redirects++) {
      const response = await answer(url, timeout, fetch);
      if (!REDIRECTS.has(response.status)) return await readBody(url, response, timeout);
      response.cancel();
      if (redirects === limits.remoteRedirects) {
        throw fail("ERR_LIMIT_EXCEEDED", {
          problem: `${start} is redirected more than ${limits.remoteRedirects} times`,
          limit: "remoteRedirects",
        }, {
          help: raiseLimit("remoteRedirects", limits.remoteRedirects, "Name the place it leads to"),
        });
      }
      if (response.location === undefined) {
        throw unreachable(url, `it is redirected (${response.status}) to nowhere`);
      }
      url = redirectTarget(response.location, url, start);
    }
  }

  /**
   * Plain `http:` addresses are accepted from local manifests and the command line, and from a
   * remote manifest only for relative paths: a remote server must not be able to send requests
   * into the local network.
   */
  function checkAddress(url: string, { path, from }: RemoteEntry): void {
    const { protocol, hostname, origin, username, password } = new URL(url);
    if (username !== "" || password !== "") {
      throw fail("ERR_INTEGRITY", {
        problem: `The address of a file on ${hostname} contains a user name or a password`,
      }, { help: "Remove it: addresses are shown in messages, events and snapshots" });
    }
    if (protocol === "https:") return;
    const isNamedHere = from === undefined || !isRemote(from) ||
      (!isRemote(path) && new URL(from).origin === origin);
    if (!isNamedHere) {
      throw fail("ERR_INTEGRITY", {
        problem: `A remote manifest names ${url}, which is not encrypted`,
      }, { help: "Only manifests of this machine may name http: addresses; use https:" });
    }
    if (options.allowHttp || isLoopback(hostname)) return;
    throw fail("ERR_INTEGRITY", { problem: `${url} is not encrypted` }, {
      help: "Use https:, or allow it with --allow-http",
    });
  }

  async function answer(
    url: string,
    signal: AbortSignal,
    fetch: Platform["fetch"],
  ): Promise<RemoteResponse> {
    try {
      return await fetch(url, signal);
    } catch (error) {
      throw signal.aborted ? tooSlow(url) : unreachable(url, unreachableBecause(error), error);
    }
  }

  async function readBody(
    url: string,
    response: RemoteResponse,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (response.status !== 200) {
      response.cancel();
      const found = response.status === 404 || response.status === 410;
      throw fail("ERR_MANIFEST_NOT_FOUND", {
        problem: found
          ? `${url} does not exist (${response.status})`
          : `${url} was answered with the status ${response.status}`,
      }, { help: found ? "Check the address" : "Try again, or ask whoever serves it" });
    }
    if (response.contentType?.startsWith("text/html")) {
      response.cancel();
      throw fail("ERR_MANIFEST_INVALID", { problem: `${url} is a web page, not a manifest` }, {
        help: "Name the file itself; code hosts have a raw form of it",
      });
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of response.body) {
        size += chunk.length;
        if (size > limits.remoteBytes) throw tooLarge(url);
        chunks.push(chunk);
      }
    } catch (error) {
      response.cancel();
      if (isDiglyError(error)) throw error;
      throw signal.aborted ? tooSlow(url) : unreachable(url, unreachableBecause(error), error);
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  function tooMany(): DiglyError {
    return fail("ERR_LIMIT_EXCEEDED", {
      problem: `The app reads more than ${limits.remoteFiles} files from the network`,
      limit: "remoteFiles",
    }, { help: raiseLimit("remoteFiles", limits.remoteFiles) });
  }

  function tooLarge(url: string): DiglyError {
    return fail("ERR_LIMIT_EXCEEDED", {
      problem: `${url} is larger than ${limits.remoteBytes} bytes`,
      limit: "remoteBytes",
    }, { help: raiseLimit("remoteBytes", limits.remoteBytes, "Split it") });
  }

  function tooSlow(url: string): DiglyError {
    return fail("ERR_LIMIT_EXCEEDED", {
      problem: `${url} did not arrive within ${limits.remoteMs / 1000} s`,
      limit: "remoteMs",
    }, { help: raiseLimit("remoteMs", limits.remoteMs, "Try again") });
  }
}

/**
 * The target of a redirect: an `https:` address, or another path on the same `http:` server.
 * Throws for any other, since a server must not be able to send requests into the local network.
 */
function redirectTarget(location: string, url: string, start: string): string {
  if (!URL.canParse(location, url)) {
    throw unreachable(url, "it is redirected to what is not an address");
  }
  const target = new URL(location, url);
  target.hash = "";
  const hasCredentials = target.username !== "" || target.password !== "";
  const isAllowed = target.protocol === "https:" || target.origin === new URL(start).origin;
  if (isAllowed && !hasCredentials) return target.href;
  const shown = `${target.protocol}//${target.host}${target.pathname}`;
  throw fail("ERR_INTEGRITY", {
    problem: `${start} is redirected to ${shown}, which ${
      hasCredentials ? "contains a user name or a password" : "is not encrypted"
    }`,
  }, { help: "Name the place it leads to, if it is the one you mean" });
}

function mismatch(url: string, wanted: string, actual: string): DiglyError {
  return fail("ERR_INTEGRITY", {
    problem: `${url} does not match its hash\n  expected ${wanted}\n  received ${actual}`,
  }, { help: "Look at what has changed; if it is meant, write the new hash" });
}

function unreachable(url: string, reason: string, cause?: unknown): DiglyError {
  return fail("ERR_MANIFEST_NOT_FOUND", { problem: `${url} cannot be fetched: ${reason}` }, {
    help: "Check the address and the network",
    cause,
  });
}

function placed(error: unknown, origin: Origin | undefined): unknown {
  return isDiglyError(error) ? withOrigin(error, origin) : error;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
