/**
 * The errors of a request. Their messages may reach the clients of an `Http.Server`, so they do not
 * name the URL; the help, which only the log shows, names it without credentials and query.
 */
import { type DiglyError, fail, type Origin } from "../../contract/author.ts";

/** The request that failed, as its errors describe it. */
export interface Described {
  readonly method: string;
  readonly url: URL;
  readonly origin: Origin | undefined;
}

type Code = "Timeout" | "Refused" | "Status" | "Invalid";

/** Makes an error with a code of the module. */
export function requestError(
  code: Code,
  problem: string,
  { method, url, origin }: Described,
  { advice, data }: { readonly advice?: string; readonly data?: unknown } = {},
): DiglyError {
  const sent = `The request was ${method} ${url.origin}${url.pathname}`;
  return fail(`HttpClient.${code}`, { problem, ...(data === undefined ? {} : { data }) }, {
    origin,
    help: advice === undefined ? sent : `${sent}: ${advice}`,
  });
}

const CLOSED = [
  "the connection was closed before the response was complete",
  "the log of the service may say why",
] as const;

/** What the messages of runtimes and of TLS libraries say about a request without a response. */
const REASONS: readonly (readonly [RegExp, reason: string, advice: string])[] = [
  [
    /ECONNREFUSED|connection ?refused|unable to connect/i,
    "the connection was refused",
    "check that the service is running and listens on this port",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|dns error|getaddrinfo/i,
    "the host was not found",
    "check the name of the host",
  ],
  [
    /certificate|self.signed|CERT_|UnknownIssuer|ALTNAME/i,
    "its TLS certificate is not trusted",
    "check the certificate of the service and the time of this machine",
  ],
  [
    /SSL|TLS|EPROTO|corrupt message|wrong version/i,
    "the TLS handshake failed",
    "check that the service speaks TLS on this port",
  ],
  [
    /EHOSTUNREACH|ENETUNREACH|unreachable|no route/i,
    "the host cannot be reached",
    "check the network",
  ],
  [/ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|reset|closed|incomplete/i, ...CLOSED],
  [
    /HTTPParserError|HPE_|Malformed_?HTTP|InvalidHTTP|HTTP version|HEADERS_OVERFLOW|head is too large/i,
    "it does not speak HTTP, or its headers are too large",
    "check what listens on this port",
  ],
  [
    /ZlibError|Z_DATA_ERROR|Z_BUF_ERROR|ERR__ERROR_FORMAT|Brotli|gzip|deflate|unexpected end of file|reached unexpected EOF/i,
    "the response cannot be decompressed",
    "check its `content-encoding`",
  ],
  [/bad port|port \d+ (?:is|are) blocked|blocked/i, "the port is not allowed", "use another port"],
];

/**
 * The error for a request without a complete response. The messages of runtimes are read and not
 * repeated, because they may contain the whole URL.
 */
export function refused(error: unknown, described: Described): DiglyError {
  const [, reason = "the request failed", advice] = reasonOf(error) ?? [];
  return unreachable(reason, advice, described);
}

/** The error for a response whose body ends early, or cannot be decompressed. */
export function incomplete(error: unknown, described: Described): DiglyError {
  const [, reason, advice] = reasonOf(error) ?? [undefined, ...CLOSED];
  return unreachable(reason, advice, described);
}

function reasonOf(error: unknown): (typeof REASONS)[number] | undefined {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 10; at = at.cause) {
    texts.push(`${(at as { code?: unknown }).code} ${at.name} ${at.message}`);
    if (at instanceof AggregateError) texts.push(at.errors.map(String).join(" "));
  }
  const text = texts.join(" ").replaceAll(/https?:\/\/\S+/g, "");
  return REASONS.find(([pattern]) => pattern.test(text));
}

function unreachable(reason: string, advice: string | undefined, described: Described): DiglyError {
  const problem = `The upstream could not be reached: ${reason}`;
  return requestError("Refused", problem, described, advice === undefined ? {} : { advice });
}
