/** Where traces go, by the standard variables of OpenTelemetry. */
import { fail } from "../contract/errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How traces are sent. */
export interface TraceOptions {
  /** Takes OTLP over HTTP, as JSON. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long sending may take, with every attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** What is said of this program, beside what the SDK says of itself. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What was asked for and cannot be had. */
  readonly problems: readonly string[];
}

const DEFAULT_ENDPOINT = "http://localhost:4318";
const PATH = "v1/traces";

/** Less than the stop waits for, so that a collector that is not there is named with the reason. */
const TIMEOUT_MS = 2_000;

/**
 * How `env` wants traces to be sent; `undefined` when it does not. Throws `ERR_USAGE` for an
 * address that is none.
 */
export function traceOptions(env: Env): TraceOptions | undefined {
  const given = (name: string) => env[name]?.trim() || undefined;
  const exporter = given("OTEL_TRACES_EXPORTER");
  const whole = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = given("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (exporter === undefined && whole === undefined && base === undefined) return undefined;
  if (exporter === "none" || given("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;

  const problems: string[] = [];
  if (exporter !== undefined && exporter !== "otlp") {
    problems.push(`OTEL_TRACES_EXPORTER is "${exporter}"; traces are sent as "otlp"`);
  }
  const protocol = given("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ??
    given("OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol !== undefined && protocol !== "http/json") {
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}"; traces are sent as "http/json"`);
  }
  const url = whole ?? `${(base ?? DEFAULT_ENDPOINT).replace(/\/+$/, "")}/${PATH}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    const name = whole === undefined
      ? "OTEL_EXPORTER_OTLP_ENDPOINT"
      : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    throw fail("ERR_USAGE", { problem: `The variable ${name} is no http or https address` }, {
      help: "Write it as http://localhost:4318",
    });
  }
  const timeout = Number(
    given("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") ?? given("OTEL_EXPORTER_OTLP_TIMEOUT"),
  );
  const service = given("OTEL_SERVICE_NAME");
  return {
    url,
    timeoutMs: timeout > 0 ? timeout : TIMEOUT_MS,
    headers: {
      ...pairs(given("OTEL_EXPORTER_OTLP_HEADERS")),
      ...pairs(given("OTEL_EXPORTER_OTLP_TRACES_HEADERS")),
    },
    attributes: {
      ...pairs(given("OTEL_RESOURCE_ATTRIBUTES")),
      ...(service === undefined ? {} : { "service.name": service }),
    },
    problems,
  };
}

/** Reads `key=value,key=value`, percent-encoded. */
function pairs(list: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of list?.split(",") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0) found[decode(pair.slice(0, at))] = decode(pair.slice(at + 1));
  }
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}
