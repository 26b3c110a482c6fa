/** Makes an OpenAPI 3.1 document of the routes of a server. */
import type { HttpErrorDescription, HttpRouteDescription } from "../../contract/author.ts";
import { createSchemaWriter, type SchemaWriter } from "./schemas.ts";

/** What a document is made of. */
export interface DocumentOptions {
  readonly info: Readonly<Record<string, unknown>>;
  readonly routes: readonly HttpRouteDescription[];
  /** Names of schemas that several routes use. */
  readonly schemaNames: ReadonlyMap<unknown, string>;
}

type Json = Readonly<Record<string, unknown>>;

/** Methods that an OpenAPI path can have. */
const METHODS: ReadonlySet<string> = new Set([
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
]);

/** Headers that OpenAPI describes elsewhere, and ignores as parameters. */
const NOT_PARAMETERS: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);

const ERROR = "Error";

/** The body of every error response that a route does not replace. */
const ERROR_SCHEMA: Json = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string" },
        message: { type: "string" },
        data: { description: "What else is known of the error." },
        violations: {
          type: "array",
          description: "What is wrong with the request.",
          items: {
            type: "object",
            required: ["in", "path", "message"],
            properties: {
              in: { enum: ["params", "query", "headers", "body", "input"] },
              path: { type: "string" },
              message: { type: "string" },
            },
          },
        },
        id: { type: "string", description: "Identifies the error in the log of the server." },
      },
    },
  },
};

/** Makes the document. It is plain data, and the same for the same routes. */
export function openApiDocument({ info, routes, schemaNames }: DocumentOptions): Json {
  const schemas = createSchemaWriter(schemaNames, [ERROR]);
  const paths: Record<string, Record<string, unknown>> = {};
  const tags = new Set<string>();
  const ids = new Set<string>();
  const schemes: Record<string, Json> = {};
  // A path may occur once, whatever its parameters are called.
  const templates = new Map<string, string>();
  for (const route of routes) {
    const method = route.method.toLowerCase();
    if (!METHODS.has(method)) continue;
    const own = templateOf(route.path);
    const shape = own.path.replaceAll(/\{[^}]*\}/g, "{}");
    const path = templates.get(shape) ?? own.path;
    templates.set(shape, path);
    const written = Array.from(path.matchAll(/\{([^}]*)\}/g), ([, name = ""]) => name);
    const parameters = own.names.map((name, index) => ({ name, written: written[index] ?? name }));
    (paths[path] ??= {})[method] ??= operationOf(route, path, parameters, schemas, ids);
    for (const tag of tagsOf(route)) tags.add(tag);
    for (const { resource, scheme } of route.security) schemes[resource] = scheme;
  }
  return {
    openapi: "3.1.1",
    info,
    ...(tags.size === 0 ? {} : { tags: Array.from(tags, (name) => ({ name })) }),
    paths,
    components: {
      schemas: { ...schemas.components, [ERROR]: ERROR_SCHEMA },
      responses: {
        [ERROR]: {
          description: "The request could not be answered",
          content: json({ $ref: `#/components/schemas/${ERROR}` }),
        },
      },
      ...(Object.keys(schemes).length === 0 ? {} : { securitySchemes: schemes }),
    },
  };
}

/** `/a/:id/*` as `/a/{id}/{rest}`, and the names of its parameters. */
function templateOf(path: string): { readonly path: string; readonly names: readonly string[] } {
  const names: string[] = [];
  const segments = path.split("/").map((segment) => {
    const [, colon, braces] = /^(?::([\w-]+)|\{([\w-]+)\})$/.exec(segment) ?? [];
    const name = colon ?? braces ?? (segment === "*" ? freeName("rest", names) : undefined);
    if (name === undefined) return segment;
    names.push(name);
    return `{${name}}`;
  });
  return { path: segments.join("/"), names };
}

function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let count = 2; taken.includes(name); count++) name = `${wanted}${count}`;
  return name;
}

function tagsOf({ tags, isGroup, resource }: HttpRouteDescription): readonly string[] {
  if (tags.length > 0) return tags;
  return isGroup ? [resource.slice(resource.lastIndexOf(".") + 1)] : [];
}

/** A parameter of a path: its name in the route, and in the document. */
interface PathParameter {
  readonly name: string;
  readonly written: string;
}

function operationOf(
  route: HttpRouteDescription,
  path: string,
  pathParameters: readonly PathParameter[],
  schemas: SchemaWriter,
  ids: Set<string>,
): Json {
  const { summary, description, method, request, security } = route;
  const tags = tagsOf(route);
  const parameters = parametersOf(route, pathParameters, schemas);
  const id = `${method.toLowerCase()}${path.replaceAll(/[^\w]+/g, "_").replace(/_$/, "")}`;
  const operationId = freeName(id, [...ids]);
  ids.add(operationId);
  const hasBody = request.body !== undefined && method !== "GET" && method !== "HEAD";
  return {
    ...(tags.length === 0 ? {} : { tags }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    operationId,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody ? { requestBody: requestBodyOf(request.body, schemas) } : {}),
    ...(security.length === 0 ? {} : {
      security: [Object.fromEntries(security.map(({ resource }) => [resource, []]))],
    }),
    responses: responsesOf(route, schemas),
  };
}

function parametersOf(
  { path, request }: HttpRouteDescription,
  pathParameters: readonly PathParameter[],
  schemas: SchemaWriter,
): Json[] {
  const params = fieldsOf(request.params);
  const isRest = (name: string) => path.endsWith("/*") && name === pathParameters.at(-1)?.name;
  const list: Json[] = pathParameters.map(({ name, written }) => ({
    name: written,
    in: "path",
    required: true,
    ...(isRest(name) ? { description: "The rest of the path, which may contain slashes." } : {}),
    ...described(params.get(isRest(name) ? "*" : name)?.schema ?? { type: "string" }, schemas),
  }));
  for (const [name, { schema, required }] of fieldsOf(request.query)) {
    list.push({
      name,
      in: "query",
      ...(required ? { required } : {}),
      ...described(schema, schemas),
    });
  }
  for (const [name, { schema, required }] of fieldsOf(request.headers)) {
    if (NOT_PARAMETERS.has(name.toLowerCase())) continue;
    list.push({
      name,
      in: "header",
      ...(required ? { required } : {}),
      ...described(schema, schemas),
    });
  }
  return list;
}

/** The schema of a parameter, with its description where tools look for it. */
function described(schema: unknown, schemas: SchemaWriter): Json {
  const { description } = (schema ?? {}) as { readonly description?: unknown };
  return {
    ...(typeof description === "string" ? { description } : {}),
    schema: schemas.write(schema),
  };
}

interface Field {
  readonly schema: unknown;
  readonly required: boolean;
}

/** The properties that a schema names, also in `allOf`. */
function fieldsOf(schema: unknown, fields: Map<string, Field> = new Map()): Map<string, Field> {
  const { properties = {}, required = [], allOf = [] } = (schema ?? {}) as {
    readonly properties?: Json;
    readonly required?: readonly string[];
    readonly allOf?: readonly unknown[];
  };
  for (const [name, property] of Object.entries(properties)) {
    fields.set(name, { schema: property, required: required.includes(name) });
  }
  for (const part of allOf) fieldsOf(part, fields);
  return fields;
}

function requestBodyOf(schema: unknown, schemas: SchemaWriter): Json {
  const { default: fallback, type, description } = (schema ?? {}) as {
    readonly default?: unknown;
    readonly type?: unknown;
    readonly description?: unknown;
  };
  const acceptsNull = schema === true || [type].flat().includes("null");
  return {
    ...(typeof description === "string" ? { description } : {}),
    required: fallback === undefined && !acceptsNull,
    content: json(schemas.write(schema)),
  };
}

function responsesOf(route: HttpRouteDescription, schemas: SchemaWriter): Json {
  const { response, errors, request, security, validatesInput } = route;
  const { status, description, contentType, hasBody, schema } = response;
  const isEmpty = !hasBody || status === 204 || status === 205 || status === 304;
  const responses: Record<string, unknown> = {
    [status === undefined ? "2XX" : String(status)]: {
      description: description ?? "The response",
      ...(isEmpty ? {} : {
        content: { [contentType ?? "application/json"]: { schema: schemas.write(schema ?? {}) } },
      }),
    },
  };
  const byStatus = new Map<string, [code: string, HttpErrorDescription][]>();
  for (const [code, error] of Object.entries(errors)) {
    const key = error.status === undefined ? "default" : String(error.status);
    byStatus.set(key, [...byStatus.get(key) ?? [], [code, error]]);
  }
  const addUsual = (status: number, code: string, why: string) => {
    const key = String(status);
    if (byStatus.has(key)) return;
    byStatus.set(key, [[code, { status, description: why, isReplaced: false }]]);
  };
  if (validatesInput || Object.values(request).some((part) => part !== undefined)) {
    addUsual(400, "BAD_REQUEST", "The request is invalid");
  }
  if (security.length > 0) addUsual(401, "UNAUTHORIZED", "The client did not prove who it is");
  for (const [key, list] of [...byStatus].sort(([a], [b]) => a < b ? -1 : 1)) {
    // A status that is also the usual one is described by that.
    responses[key] ??= errorResponse(list, schemas);
  }
  responses["default"] ??= { $ref: `#/components/responses/${ERROR}` };
  return responses;
}

/** The response of all errors with one status. */
function errorResponse(
  list: readonly (readonly [code: string, HttpErrorDescription])[],
  schemas: SchemaWriter,
): Json {
  const usual = list.filter(([, { isReplaced }]) => !isReplaced).map(([code]) => code);
  const bodies = list.filter(([, { isReplaced }]) => isReplaced)
    .map(([, { schema }]) => schemas.write(schema ?? {}));
  if (usual.length > 0) {
    bodies.unshift({
      allOf: [{ $ref: `#/components/schemas/${ERROR}` }],
      properties: { error: { properties: { code: { enum: usual } } } },
    });
  }
  return {
    description: list.map(([code, { description }]) =>
      description === undefined ? `\`${code}\`` : `\`${code}\`: ${description}`
    ).join("\n\n"),
    content: json(bodies.length === 1 ? bodies[0] : { anyOf: bodies }),
  };
}

function json(schema: unknown): Json {
  return { "application/json": { schema } };
}
