/** Describes the routes of a server, for documentation such as that of `OpenApi.Spec`. */
import {
  type HttpErrorDescription,
  type HttpResponseDescription,
  type HttpRouteDescription,
  type HttpUsedMiddleware,
  isLate,
  type ModuleCreateContext,
  type ResourceDescription,
} from "../../contract/author.ts";
import { statusOfCode } from "./public_error.ts";
import { type ResponseFields, type RouteFields, urnOf } from "./resources.ts";
import type { MountedRoute } from "./routes.ts";

/** The schemas that expressions of a response refer to, by the name of the variable. */
type Schemas = Readonly<Record<string, unknown>>;

/** Describes routes, each with what the resource that it executes takes and gives. */
export function describeRoutes(
  routes: readonly MountedRoute[],
  middlewareOf: (route: MountedRoute) => readonly HttpUsedMiddleware[],
  { describe }: Pick<ModuleCreateContext, "describe">,
): HttpRouteDescription[] {
  return routes.map((route) => {
    const { handler } = route.source;
    const description = describeRoute(
      route,
      handler === undefined ? undefined : describe(urnOf(handler)),
    );
    const security = middlewareOf(route).flatMap(({ urn, api }) =>
      api.security === undefined ? [] : [{ resource: urn, scheme: api.security }]
    );
    return { ...description, security };
  });
}

function describeRoute(
  { urn, at, method, path, source }: MountedRoute,
  handler: ResourceDescription | undefined,
): Omit<HttpRouteDescription, "security"> {
  const { request, response = {}, summary, description, tags = [] } = source;
  const schemas = { ...request.schema, query: request.schema?.query ?? request.query };
  const known: Schemas = {
    request: { properties: schemas },
    result: handler?.output ?? {},
  };
  return {
    resource: urn,
    isGroup: at.length > 0,
    method,
    path,
    summary,
    description,
    tags,
    request: schemas,
    validatesInput: handler?.input !== undefined,
    response: describeResponse(response, source.handler === undefined, known),
    errors: describeErrors(source, handler, known),
  };
}

function describeResponse(
  { status, headers, body, schema }: ResponseFields,
  isStatic: boolean,
  known: Schemas,
): HttpResponseDescription {
  const hasBody = body !== undefined || !isStatic;
  return {
    status: isLate(status) ? undefined : (status as number | undefined) ?? (hasBody ? 200 : 204),
    contentType: contentTypeOf(headers),
    hasBody,
    schema: schema ?? (body === undefined ? known["result"] : schemaOfValue(body, known)),
  };
}

function describeErrors(
  { errors = {} }: RouteFields,
  handler: ResourceDescription | undefined,
  known: Schemas,
): HttpRouteDescription["errors"] {
  const described: Record<string, HttpErrorDescription> = {};
  for (const [code, { status, description }] of Object.entries(handler?.errors ?? {})) {
    if (status !== undefined) described[code] = { status, description, isReplaced: false };
  }
  for (const [code, { status, body }] of Object.entries(errors)) {
    const declared = handler?.errors[code];
    described[code] = {
      status: isLate(status)
        ? undefined
        : (status as number | undefined) ?? declared?.status ?? statusOfCode(code),
      description: declared?.description,
      isReplaced: body !== undefined,
      schema: body === undefined ? undefined : schemaOfValue(body, known),
    };
  }
  return described;
}

function contentTypeOf(headers: unknown): string | undefined {
  if (typeof headers !== "object" || headers === null || isLate(headers)) return undefined;
  const [, value] =
    Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type") ?? [];
  return typeof value === "string" ? value : undefined;
}

/** The schema of a value in a manifest, whose expressions may be paths of known variables. */
function schemaOfValue(value: unknown, known: Schemas): unknown {
  if (isLate(value)) return schemaOfExpression(String(value), known);
  if (Array.isArray(value)) {
    const items = value.map((item) => schemaOfValue(item, known));
    return { type: "array", ...(items.length === 1 ? { items: items[0] } : {}) };
  }
  if (typeof value === "object" && value !== null) {
    const properties = Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, schemaOfValue(item, known)]),
    );
    return { type: "object", properties, required: Object.keys(properties) };
  }
  return value === null ? { type: "null" } : { type: typeof value };
}

const WHOLE_PATH = /^\$\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}$/;

/** An expression that is one path has the schema that the path leads to; text with others is a string. */
function schemaOfExpression(text: string, known: Schemas): unknown {
  const [, path] = WHOLE_PATH.exec(text) ?? [];
  if (path === undefined) return /^\$\{\{[^]*\}\}$/.test(text) ? {} : { type: "string" };
  const [root, ...steps] = path.split(".") as [string, ...string[]];
  let schema = known[root];
  for (const step of steps) {
    const { properties } = (schema ?? {}) as { readonly properties?: Schemas };
    schema = properties && Object.hasOwn(properties, step) ? properties[step] : undefined;
  }
  return schema ?? {};
}
