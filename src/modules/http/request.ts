/** Requests as expressions and handlers see them. */
import {
  type ControllerContext,
  formatField,
  type Validator,
  type ValidatorOptions,
} from "../../contract/author.ts";
import { type Body, type BodyOptions, openBody, parseBody } from "./body.ts";
import { badRequest, type RequestViolation } from "./errors.ts";
import { roundedIntegers } from "./json_text.ts";
import { NO_LISTS, readPairs, readParams } from "./pairs.ts";
import type { RequestLimits } from "./limits.ts";
import type { RequestSchemas } from "./resources.ts";
import type { Target } from "./target.ts";
import type { ClientIp } from "./client_ip.ts";

/** The value of `request` in expressions. */
export interface RequestView {
  readonly params: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  /** By lower-case name. */
  readonly headers: Record<string, unknown>;
  /** Parsed if the content type is JSON or a form, otherwise text; `null` without a body. */
  readonly body: unknown;
  readonly method: string;
  /** The host of the `Host` header, and the path that the route was chosen by. */
  readonly url: string;
  /** The address of the client. */
  readonly ip: string;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Values that middleware adds to a request, by name. */
export type ProvidedValues = Readonly<Record<string, unknown>>;

/**
 * Reads requests of one route and continues with `next`, which does not throw: at once, unless there
 * is a body to wait for. Continues with `fail` and a `RequestError` for a request that is refused.
 */
export type RequestReader = <Result>(
  request: Request,
  target: Target,
  names: readonly string[],
  values: readonly string[],
  provided: ProvidedValues | undefined,
  next: (view: RequestView) => Result | Promise<Result>,
  fail: (error: unknown) => Result | Promise<Result>,
) => Result | Promise<Result>;

/** What reading the requests of a route takes. */
export interface ReaderOptions {
  readonly clientIp: ClientIp;
  /** Waits for bodies. */
  readonly untilRead: RequestLimits["untilRead"];
  /** How large a body may be. */
  readonly maxBodyBytes: number;
  /** How deep its JSON may nest. */
  readonly maxBodyNesting: number;
  /** The fields of requests that the route reads, as far as they cost something; all by default. */
  readonly needs?: Needs;
}

/** The fields of a request that are only made for those who read them. */
export interface Needs {
  readonly headers: boolean;
  readonly url: boolean;
  readonly ip: boolean;
}

const ALL: Needs = { headers: true, url: true, ip: true };

/** What a route needs whose expressions read these fields of requests, or any. */
export function needsOf(fields: ReadonlySet<string> | undefined): Needs {
  if (fields === undefined) return ALL;
  return { headers: fields.has("headers"), url: fields.has("url"), ip: fields.has("ip") };
}

/** The parts of a request that have a schema. */
export const REQUEST_PARTS = ["params", "query", "headers", "body"] as const;

/** How the schema of a part is applied: all but bodies arrive as text. */
export function schemaOptions(part: typeof REQUEST_PARTS[number]): ValidatorOptions {
  return { coerce: part !== "body", defaults: true };
}

/** Compiles the reader of a route. Throws `ERR_SCHEMA_VALIDATION` for an invalid schema. */
export async function createReader(
  schemas: RequestSchemas,
  { maxBodyBytes, maxBodyNesting, clientIp, untilRead, needs = ALL }: ReaderOptions,
  ctx: ControllerContext,
): Promise<RequestReader> {
  const [params, query, headers, body] = await Promise.all(
    REQUEST_PARTS.map((part) =>
      schemas[part] === undefined ? undefined : ctx.validator(schemas[part], schemaOptions(part))
    ),
  );
  const queryLists = listKeys(schemas.query);
  const bodyLists = listKeys(schemas.body);
  const validates = params ?? query ?? headers ?? body;
  const needed = headers === undefined ? needs : { ...needs, headers: true };
  const bodyOptions: BodyOptions = {
    maxNesting: maxBodyNesting,
    findsRounded: body !== undefined && JSON.stringify(schemas.body).includes('"integer"'),
    readForm: (fields) => readPairs(fields, bodyLists),
  };
  const { default: defaultBody = null } = (schemas.body ?? {}) as { readonly default?: unknown };

  /** Checks a view, and puts the values with their defaults and conversions into it. */
  function validate(view: Writable<RequestView>, rounded: string | undefined): void {
    const violations: RequestViolation[] = [];
    view.params = checked("params", params, view.params, violations);
    view.query = checked("query", query, view.query, violations);
    view.headers = checked("headers", headers, view.headers, violations);
    const { body: given } = view;
    view.body = checked("body", body, given, violations);
    if (rounded !== undefined && body !== undefined) checkRounded(rounded, given, body, violations);
    if (violations.length > 0) throw badRequest("The request is invalid", violations);
  }

  return (request, target, names, values, provided, next, fail) => {
    let view: Writable<RequestView>;
    let opened: Uint8Array | Promise<Uint8Array> | undefined;
    try {
      view = makeView(
        request,
        target,
        readParams(names, values),
        queryLists,
        clientIp,
        needed,
      );
      const hasBody = view.method !== "GET" && view.method !== "HEAD";
      opened = hasBody ? openBody(request, maxBodyBytes) : undefined;
      if (opened === undefined) {
        if (hasBody) view.body = defaultBody;
        if (validates !== undefined) validate(view, undefined);
      }
      if (provided !== undefined) Object.assign(view, provided);
    } catch (error) {
      return fail(error);
    }
    if (opened === undefined) return next(view);
    const readOn = (bytes: Uint8Array) => {
      try {
        const body: Body | undefined = parseBody(bytes, request, bodyOptions);
        view.body = body === undefined ? defaultBody : body.value;
        if (validates !== undefined) validate(view, body?.rounded);
      } catch (error) {
        return fail(error);
      }
      return next(view);
    };
    return opened instanceof Promise ? untilRead(opened, readOn, fail) : readOn(opened);
  };
}

/** The view of a request whose path has no parameters, without its body. */
export function viewOf(
  request: Request,
  target: Target,
  clientIp: ClientIp,
  provided: ProvidedValues | undefined,
): RequestView {
  return Object.assign(makeView(request, target, {}, NO_LISTS, clientIp, ALL), provided);
}

function readQuery({ search }: Target, lists: ReadonlySet<string>): Record<string, unknown> {
  return search === "" ? {} : readPairs(search, lists);
}

/** The headers by name. HTTP/2 has the host in the target instead, which expressions need not know. */
function readHeaders(
  { headers }: Request,
  { host, hostName }: Target,
): Record<string, unknown> {
  const pairs = readPairs(headers, NO_LISTS);
  if (hostName !== undefined && pairs["host"] === undefined) pairs["host"] = host;
  return pairs;
}

function urlOf({ path, search, scheme, host }: Target): string {
  return `${scheme}://${host}${path}${search === "" ? "" : `?${search}`}`;
}

/**
 * A plain object, with nothing but values: making one with a getter takes V8 as long as the rest of
 * a short answer. What nobody reads is left empty.
 */
function makeView(
  request: Request,
  target: Target,
  params: Record<string, unknown>,
  queryLists: ReadonlySet<string>,
  clientIp: ClientIp,
  { headers, url, ip }: Needs,
): Writable<RequestView> {
  return {
    params,
    query: readQuery(target, queryLists),
    headers: headers ? readHeaders(request, target) : {},
    body: null,
    method: request.method,
    url: url ? urlOf(target) : "",
    ip: ip ? clientIp(request, target) : "",
  };
}

/** The value of a part with its defaults and conversions; adds what is wrong with it. */
function checked<Value>(
  part: RequestViolation["in"],
  validator: Validator | undefined,
  given: Value,
  violations: RequestViolation[],
): Value {
  if (validator === undefined) return given;
  const result = validator(given);
  if (result.violations.length > 0) {
    for (const { path, message } of result.violations) {
      violations.push({ in: part, path: formatField(path), message });
    }
  }
  return result.value as Value;
}

/** Integers that were rounded are refused, as every other value that is not the client's. */
function checkRounded(
  text: string,
  value: unknown,
  validator: Validator,
  violations: RequestViolation[],
): void {
  for (const path of roundedIntegers(text, value, validator)) {
    violations.push({
      in: "body",
      path: formatField(path),
      message: `must be an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
    });
  }
}

/** Keys whose schema asks for an array. */
function listKeys(schema: unknown, keys: Set<string> = new Set()): Set<string> {
  const { properties, allOf } = (schema ?? {}) as {
    properties?: Record<string, { type?: unknown } | boolean>;
    allOf?: readonly unknown[];
  };
  for (const [key, property] of Object.entries(properties ?? {})) {
    const type = typeof property === "object" ? property.type : undefined;
    if (type === "array" || (Array.isArray(type) && type.includes("array"))) keys.add(key);
  }
  for (const part of allOf ?? []) listKeys(part, keys);
  return keys;
}
