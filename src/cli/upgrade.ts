/**
 * `digly upgrade`: checks for a newer release and prints how to install it. The file `VERSION` at the
 * release address contains the newest version.
 */
import compare from "semver/functions/compare.js";
import valid from "semver/functions/valid.js";
import { type DiglyError, fail, isDiglyError } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { isLoopback, unreachableBecause } from "../contract/network.ts";
import type { RemoteResponse } from "../contract/platform.ts";
import type { CliHost } from "./host.ts";
import { createProgress } from "./progress.ts";

/** The options of `upgrade`. */
export interface UpgradeOptions {
  /** The address of the releases. */
  readonly from?: string;
  /** Allow `http:` to other machines. */
  readonly allowHttp?: boolean;
  readonly format: "text" | "json";
}

/** The maximum size of the file `VERSION`, in bytes. */
const MAX_BYTES = 1_024;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Compares the newest release with this program; resolves with the exit code. */
export async function upgrade(host: CliHost, options: UpgradeOptions): Promise<number> {
  const { platform: { stdout, env }, version } = host;
  const address = options.from ?? env["DIGLY_RELEASES"];
  const allowHttp = options.allowHttp === true;
  const from = releaseAddress(address, allowHttp);
  const progress = createProgress(host.platform);
  progress.update(() => `Fetching ${from}/VERSION`);
  const newest = await newestVersion(`${from}/VERSION`, host, allowHttp).finally(progress.end);
  const order = compare(newest, version);
  if (options.format === "json") {
    const result = { version, newest, current: order <= 0, from };
    stdout.write(JSON.stringify(result, undefined, stdout.isTerminal ? 2 : undefined) + "\n");
  } else if (order > 0) {
    stdout.write(
      `digly ${newest} is available (this is ${version}); install it with\n` +
        `  ${installCommand(from, host)}\n`,
    );
  } else if (order === 0) {
    stdout.write(`digly ${version} is current\n`);
  } else {
    stdout.write(`digly ${version} is newer than the newest release, ${newest}\n`);
  }
  return 0;
}

/** The address without a trailing slash. */
function releaseAddress(address: string | undefined, allowHttp: boolean): string {
  if (address === undefined || address === "") {
    throw fail("ERR_USAGE", { problem: "digly upgrade needs the address of the releases" }, {
      help: "Pass it with --from <address>, or set DIGLY_RELEASES",
    });
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw fail("ERR_USAGE", { problem: `"${address}" is not a valid release address` }, {
      help: "Use an address that starts with https://",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw fail("ERR_USAGE", {
      problem: `The address of the releases at ${url.host} contains a user name or a password`,
    }, { help: "Remove them; digly upgrade does not send credentials" });
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
    if (text.length > MAX_BYTES) {
      response.cancel();
      break;
    }
  }
  const version = valid(text.trim());
  if (version !== null) return version;
  const [line = ""] = text.trim().split("\n");
  const shown = line.length > 40 ? `${line.slice(0, 40)}…` : line;
  throw fail("ERR_MANIFEST_INVALID", {
    problem: `${url} contains ${JSON.stringify(shown)}, which is not a valid version`,
  }, { help: "Check that this is the address of the releases" });
}

function checkScheme(url: string, start: string, allowHttp: boolean): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:") return;
  const isOpen = protocol === "http:" && (allowHttp || isLoopback(hostname));
  if (isOpen && !(url !== start && start.startsWith("https:"))) return;
  throw fail("ERR_INTEGRITY", {
    problem: url === start
      ? `${url} is not encrypted`
      : `${start} is redirected to ${url}, which is not allowed`,
  }, { help: "Use https:, or pass --allow-http" });
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

/** The shell command that installs the newest release. */
function installCommand(from: string, { machine }: CliHost): string {
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
