/**
 * `digly upgrade`: checks for a newer release and says how to install it. The address of the releases has
 * the newest version in the file `VERSION`, beside `SHA256SUMS` and the executables.
 */
import compare from "semver/functions/compare.js";
import valid from "semver/functions/valid.js";
import { type DiglyError, fail, isDiglyError } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { isLoopback, unreachableBecause } from "../contract/network.ts";
import type { RemoteResponse } from "../contract/platform.ts";
import type { CliHost } from "./host.ts";

/** The options of `upgrade`. */
export interface UpgradeOptions {
  /** Where the releases are. */
  readonly from?: string;
  /** Ask over `http:` on other machines. */
  readonly allowHttp?: boolean;
  readonly format: "text" | "json";
}

/** More than any version is long, in bytes. */
const MOST_BYTES = 1_024;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Compares the newest release with this program; resolves with the exit code. */
export async function upgrade(host: CliHost, options: UpgradeOptions): Promise<number> {
  const { platform: { stdout, env }, version } = host;
  const given = options.from ?? env["DIGLY_RELEASES"];
  const allowHttp = options.allowHttp === true;
  const from = addressOf(given, allowHttp);
  const newest = await newestVersion(`${from}/VERSION`, host, allowHttp);
  const order = compare(newest, version);
  if (options.format === "json") {
    const answer = { version, newest, current: order <= 0, from };
    stdout.write(JSON.stringify(answer, undefined, stdout.isTerminal ? 2 : undefined) + "\n");
  } else if (order > 0) {
    stdout.write(
      `digly ${newest} is available (this is ${version}); get it with\n` +
        `  ${installing(from, host)}\n`,
    );
  } else if (order === 0) {
    stdout.write(`digly ${version} is current\n`);
  } else {
    stdout.write(`digly ${version} is newer than the newest release, ${newest}\n`);
  }
  return 0;
}

/** The address without a slash at its end. */
function addressOf(given: string | undefined, allowHttp: boolean): string {
  if (given === undefined || given === "") {
    throw fail("ERR_USAGE", { problem: "digly upgrade does not know where the releases are" }, {
      help: "Give their address with --from <address>, or in the variable DIGLY_RELEASES",
    });
  }
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw fail("ERR_USAGE", { problem: `"${given}" is no address of releases` }, {
      help: "Give one that starts with https://",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw fail("ERR_USAGE", {
      problem: `The address of the releases at ${url.host} holds a user name or a password`,
    }, { help: "Give it without; this program sends neither" });
  }
  checkScheme(url.href, url.href, allowHttp);
  return url.href.replace(/\/+$/, "");
}

async function newestVersion(
  start: string,
  { platform }: CliHost,
  allowHttp: boolean,
): Promise<string> {
  const timeout = AbortSignal.timeout(DEFAULT_LIMITS.remoteMs);
  let url = start;
  try {
    for (let redirects = 0; redirects <= DEFAULT_LIMITS.remoteRedirects; redirects++) {
      const response = await platform.fetch(url, timeout);
      if (!REDIRECTS.has(response.status) || response.location === undefined) {
        return await readVersion(start, response);
      }
      response.cancel();
      url = new URL(response.location, url).href;
      checkScheme(url, start, allowHttp);
    }
  } catch (error) {
    if (isDiglyError(error)) throw error;
    if (timeout.aborted) throw tooSlow(start);
    throw unavailable(start, `cannot be fetched: ${unreachableBecause(error)}`, error);
  }
  throw unavailable(start, `is redirected more than ${DEFAULT_LIMITS.remoteRedirects} times`);
}

async function readVersion(url: string, response: RemoteResponse): Promise<string> {
  if (response.status !== 200) {
    response.cancel();
    throw [404, 410].includes(response.status)
      ? unavailable(url, `does not exist (${response.status})`)
      : unavailable(url, `was answered with the status ${response.status}`);
  }
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_BYTES) {
      response.cancel();
      break;
    }
  }
  const version = valid(text.trim());
  if (version !== null) return version;
  const [line = ""] = text.trim().split("\n");
  const shown = line.length > 40 ? `${line.slice(0, 40)}…` : line;
  throw fail("ERR_MANIFEST_INVALID", {
    problem: `${url} says ${JSON.stringify(shown)}, which is no version`,
  }, { help: "Check that the address is the one of the releases" });
}

function checkScheme(url: string, start: string, allowHttp: boolean): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:") return;
  const isOpen = protocol === "http:" && (allowHttp || isLoopback(hostname));
  if (isOpen && !(url !== start && start.startsWith("https:"))) return;
  throw fail("ERR_INTEGRITY", {
    problem: url === start
      ? `${url} is not encrypted`
      : `${start} is redirected to ${url}, which may not be asked`,
  }, { help: "Use https:, or allow http: with --allow-http" });
}

function unavailable(url: string, problem: string, cause?: unknown): DiglyError {
  return fail("ERR_MANIFEST_NOT_FOUND", { problem: `${url} ${problem}` }, {
    help: "Check the address of the releases and the network",
    cause,
  });
}

function tooSlow(url: string): DiglyError {
  return fail("ERR_LIMIT_EXCEEDED", {
    problem: `${url} did not arrive within ${DEFAULT_LIMITS.remoteMs / 1000} s`,
    limit: "remoteMs",
  }, { help: "Try again" });
}

/** What a user types to install the newest release. */
function installing(from: string, { machine }: CliHost): string {
  const quoted = (text: string) =>
    /^[\w.:/@%~+-]+$/.test(text) ? text : `'${text.replaceAll("'", "%27")}'`;
  return machine.startsWith("win32")
    ? `irm ${quoted(`${from}/install.ps1`)} -OutFile install.ps1; ./install.ps1 -From ${
      quoted(from)
    }`
    : `(curl -fsSL ${quoted(`${from}/install.sh`)} || echo exit 1) | sh -s -- --from ${
      quoted(from)
    }`;
}
