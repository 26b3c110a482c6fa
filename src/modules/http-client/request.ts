/** `HttpClient.Request`: sends a request each time it is executed. */
import {
  type Context,
  durationMs,
  fail,
  formatUrn,
  inputError,
  LONGEST_DURATION_MS,
  type ModuleCreateContext,
  type Origin,
  type ResourceInstance,
  type RuntimeResource,
  sizeBytes,
  toInputSchema,
} from "../../contract/author.ts";
import { buildRequest, type Outgoing, UnsendableError } from "./build.ts";
import { type Described, incomplete, refused, requestError } from "./errors.ts";
import type { ExpectedStatus, RequestFields } from "./fields.ts";
import { readResponse, ResponseError, type Result } from "./response.ts";
import { type Received, send } from "./send.ts";

/** How much of the body of an unexpected response is read. */
const EXCERPT_BYTES = 16 * 1024;
const EXCERPT_LENGTH = 300;

/** Compiles the expressions and the schema once. */
export async function create(
  resource: RuntimeResource<RequestFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const { method, url, query, headers, body, timeout, redirect, inputSchema } = resource;
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const template = ctx.template({ method, url, query, headers, body, timeout });
  const writtenUrl = String(url);
  const isPrivate = /[@?]/.test(writtenUrl);
  const maxBytes = sizeBytes(resource.maxBytes) ?? 0;
  const isExpected = expectation(resource);
  const validate = inputSchema === undefined
    ? undefined
    : await ctx.validator(toInputSchema(inputSchema));
  // The place of a field is read from the file again, so it is kept for the next error.
  const origins = new Map<string, Origin | undefined>();

  function originAt(at: readonly string[]): Origin | undefined {
    const key = at.join(".");
    if (!origins.has(key)) {
      const origin = ctx.originAt(at) ?? ctx.originAt(at.slice(0, 1));
      // The code frame of an error must not show a URL with credentials or a query.
      origins.set(key, origin && isPrivate ? withoutExcerpt(origin) : origin);
    }
    return origins.get(key);
  }

  function prepare(input: unknown, { traceparent }: Context): [Outgoing, timeoutMs: number] {
    const values = template({ input: input ?? null }) as RequestFields;
    try {
      const request = buildRequest(values, writtenUrl);
      if (!request.headers.has("traceparent")) request.headers.set("traceparent", traceparent);
      if (!request.headers.has("user-agent")) request.headers.set("user-agent", "digly");
      return [request, timeoutOf(values.timeout)];
    } catch (error) {
      if (!(error instanceof UnsendableError)) throw error;
      const { message: problem, at, help } = error;
      throw fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, {
        origin: originAt(at),
        help,
      });
    }
  }

  async function toResult(
    { response, blocked }: Received,
    described: () => Described,
  ): Promise<Result> {
    const { status } = response;
    if (blocked === undefined && isExpected(status)) {
      try {
        return await readResponse(response, maxBytes);
      } catch (error) {
        throw error instanceof ResponseError
          ? requestError("Invalid", error.message, described(), { data: { status } })
          : incomplete(error, described());
      }
    }
    const problem = blocked === undefined
      ? `The upstream responded with status ${status}`
      : `The upstream responded with a redirect (${status}) that is not followed: ${blocked}`;
    const advice = await excerptOf(response);
    throw requestError("Status", problem, described(), {
      data: { status },
      ...(advice === undefined ? {} : { advice }),
    });
  }

  return {
    async execute(input, context) {
      const violations = validate?.(input).violations ?? [];
      if (violations.length > 0) throw inputError(urn, violations);
      const [request, ms] = prepare(input, context);
      const described = () => ({ ...request, origin: originAt(["url"]) });
      const exchange = new AbortController();
      const abort = () => exchange.abort();
      let isLate = false;
      const stopTimer = ms === Infinity ? undefined : context.clock.setTimeout(() => {
        isLate = true;
        abort();
      }, ms);
      const { signal } = context;
      signal.addEventListener("abort", abort, { once: true });
      try {
        if (signal.aborted) abort();
        const received = await send(request, {
          mode: redirect,
          isSecret: (value) => ctx.redact(value) !== value,
          signal: exchange.signal,
        });
        return await toResult(received, described);
      } catch (error) {
        if (isLate) {
          const problem = `The upstream did not respond within ${describeMs(ms)}`;
          throw requestError("Timeout", problem, described(), {
            advice: "raise `timeout` if it may take longer",
          });
        }
        if (signal.aborted) throw aborted(context);
        throw isOwn(error) ? error : refused(error, described());
      } finally {
        stopTimer?.();
        signal.removeEventListener("abort", abort);
      }
    },
  };
}

function withoutExcerpt({ excerpt: _, ...origin }: Origin): Origin {
  return origin;
}

/** True for an error that already has a code of this module. */
function isOwn(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && code.startsWith("HttpClient.");
}

/** The statuses that are results; redirects are, too, if the request asks for them. */
function expectation({ expect, redirect }: RequestFields): (status: number) => boolean {
  const list = [expect ?? (redirect === "manual" ? ["2xx", "3xx"] : "2xx")]
    .flat() as ExpectedStatus[];
  const expected = new Set(list.map(String));
  return (status) => expected.has(String(status)) || expected.has(`${String(status)[0]}xx`);
}

function timeoutOf(value: unknown): number {
  const ms = typeof value === "number" || typeof value === "string" ? durationMs(value) : undefined;
  if (ms === undefined || ms < 0 || Number.isNaN(ms)) {
    throw new UnsendableError(["timeout"], "the timeout", {
      problem: "is not a duration",
      help: "Write 500ms, 30s or 2m, or a number of seconds",
    });
  }
  return ms === 0 ? Infinity : Math.min(ms, LONGEST_DURATION_MS);
}

function describeMs(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}

/** The beginning of a body that is text, for the log. Reading it lets the connection be used again. */
async function excerptOf(response: Response): Promise<string | undefined> {
  try {
    const { body } = await readResponse(response, EXCERPT_BYTES);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    if (body === null || body instanceof Uint8Array) return undefined;
    const short = text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
    return `the response is ${short}`;
  } catch {
    return undefined; // It is too large, malformed or incomplete; the status is what matters.
  }
}

function aborted({ urn, signal }: Context): Error {
  const { name } = (signal.reason ?? {}) as { name?: unknown };
  const isLate = name === "TimeoutError";
  const why = isLate ? "its deadline has passed" : "its caller aborted it";
  return fail("ERR_ABORTED", { problem: `${urn} was aborted: ${why}`, isLate });
}
