/** Reads the standard OpenTelemetry variables. */
import { fail } from "../contract/errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How and where traces are sent. */
export interface TraceOptions {
  /** The endpoint, which accepts OTLP over HTTP as JSON. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long sending may take, including retries, in milliseconds. */
  readonly timeoutMs: number;
  /** Resource attributes, in addition to those of the SDK. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Settings that are not supported. */
  readonly problems: readonly string[];
}

const DEFAULT_ENDPOINT = "http://localhost:4318";
const PATH = "v1/traces";

/** Less than the stop waits, so that an unreachable collector is reported with the reason. */
const TIMEOUT_MS = 2_000;

/**
 * The trace options in `env`; `undefined` if tracing is not configured. Throws `ERR_USAGE` for an
 * invalid endpoint.
 */
export function traceOptions(env: Env): TraceOptions | undefined {
  const variable = (name: string) => env[name]?.trim() || undefined;
  const exporter = variable("OTEL_TRACES_EXPORTER");
  const endpoint = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (exporter === undefined && endpoint === undefined && base === undefined) return undefined;
  if (exporter === "none" || variable("OTEL_SDK_DISABLED")?.toLowerCase() === "true") {
    return undefined;
  }

  const problems: string[] = [];
  if (exporter !== undefined && exporter !== "otlp") {
    problems.push(`OTEL_TRACES_EXPORTER is "${exporter}"; traces are sent as "otlp"`);
  }
  const protocol = variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ??
    variable("OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol !== undefined && protocol !== "http/json") {
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}"; traces are sent as "http/json"`);
  }
  const url = endpoint ?? `${(base ?? DEFAULT_ENDPOINT).replace(/\/+$/, "")}/${PATH}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    const name = endpoint === undefined
      ? "OTEL_EXPORTER_OTLP_ENDPOINT"
      : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    throw fail("ERR_USAGE", { problem: `The variable ${name} is not an http or https URL` }, {
      help: "Write it as http://localhost:4318",
    });
  }
  const timeout = Number(
    variable("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") ?? variable("OTEL_EXPORTER_OTLP_TIMEOUT"),
  );
  const service = variable("OTEL_SERVICE_NAME");
  return {
    url,
    timeoutMs: timeout > 0 ? timeout : TIMEOUT_MS,
    headers: {
      ...pairs(variable("OTEL_EXPORTER_OTLP_HEADERS")),
      ...pairs(variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS")),
    },
    attributes: {
      ...pairs(variable("OTEL_RESOURCE_ATTRIBUTES")),
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
