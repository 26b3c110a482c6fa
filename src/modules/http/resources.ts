/** The fields of `Http` resources after resolution. */
import { formatUrn, type InlineResource, type Path } from "../../contract/author.ts";
import type { TrustProxy } from "./client_ip.ts";
import type { TlsFields } from "./tls.ts";

/** A handler: a URN, alone or with the input of the execution. */
export type HandlerFields =
  | string
  | { readonly kind?: string; readonly name: string; readonly inputs?: unknown };

/** The JSON Schemas of the parts of a request. */
export interface RequestSchemas {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

/** What is answered. */
export interface ResponseFields {
  readonly status?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly schema?: unknown;
}

/** One route, as `Http.Route` has it at its top level and `Http.Api` in `routes`. */
export interface RouteFields {
  readonly request: {
    readonly path: string;
    readonly method: string;
    readonly schema?: RequestSchemas;
    /** The same as `schema.query`. */
    readonly query?: unknown;
  };
  /** The resource to execute, which may be written inline. */
  readonly handler?: HandlerFields | InlineResource;
  readonly response?: ResponseFields;
  /** Answers to errors of the handler, by code. */
  readonly errors?: Readonly<Record<string, ResponseFields>>;
  /** How the items of an async iterable are sent. */
  readonly stream?: "sse" | "ndjson";
  readonly maxBodyBytes?: string | number;
  /** How long the handler may take, instead of `timeouts.handler` of the server. */
  readonly timeout?: string | number;
  /** Middleware, the outermost first. */
  readonly use?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
}

/** A route of a resource. */
export interface ReadRoute {
  readonly fields: RouteFields;
  /** Its path in the resource. */
  readonly at: Path;
  /** Its middleware and that of its group, the outermost first. */
  readonly use: readonly string[];
}

/**
 * The routes of an `Http.Route` or `Http.Api`, each with its path in the resource. Derived kinds
 * may have another schema, so elements that do not have the fields of a route are skipped.
 */
export function routesIn(
  resource: Readonly<Record<string, unknown>>,
): ReadRoute[] {
  if (isRoute(resource)) return [{ fields: resource, at: [], use: resource.use ?? [] }];
  const { routes } = resource;
  const ofGroup = (resource["use"] ?? []) as readonly string[];
  return (Array.isArray(routes) ? routes as readonly unknown[] : []).flatMap((fields, index) =>
    isRoute(fields)
      ? [{ fields, at: ["routes", index], use: [...ofGroup, ...fields.use ?? []] }]
      : []
  );
}

function isRoute(fields: unknown): fields is RouteFields {
  const { request } = (fields ?? {}) as { request?: { path?: unknown } };
  return typeof request?.path === "string";
}

/** The fields of an `Http.Server`. */
export interface ServerFields {
  readonly port: number;
  readonly host: string;
  /** Host names that it answers for; all by default. */
  readonly hosts?: readonly string[];
  readonly maxBodyBytes: string | number;
  readonly maxBodyNesting: number;
  /** Maximum number of concurrent requests. */
  readonly maxInFlight?: number;
  /** Durations such as `30s`, or seconds; 0 disables a timeout. */
  readonly timeouts: Readonly<Record<"header" | "body" | "idle" | "handler", string | number>>;
  readonly health: boolean;
  readonly metrics: boolean;
  readonly requestLog: boolean;
  /** Middleware, the outermost first. */
  readonly use?: readonly string[];
  readonly trustProxy: TrustProxy;
  readonly tls?: TlsFields;
  readonly mounts?: readonly { readonly path: string; readonly type: string }[];
}

/** The URN that a handler names. */
export function urnOf(handler: HandlerFields | InlineResource): string {
  if (typeof handler === "string") return handler;
  if ("metadata" in handler) return formatUrn(handler.kind, handler.metadata.name);
  return handler.kind === undefined ? handler.name : `${handler.kind}.${handler.name}`;
}
